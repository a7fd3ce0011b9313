private import Glibc

/// Asks again and again, every millisecond, until the answer is yes: for what nobody announces, such as a thread's end.
///
/// - Returns: whether it was within ten seconds.
package func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<10_000 {
        if try await condition() { return true }
        _ = try? await blocking { usleep(1000) }
    }
    return false
}

import Locking
import Testing

struct LockedTests {
    @Test func noIncrementOfManyTasksIsLost() async {
        let counter = Locked(0)

        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { counter.withLock { $0 += 1 } }
                }
            }
        }

        #expect(counter.withLock { $0 } == 8 * 1000)
    }

    @Test func theBodyGivesBackAValueOrThrows() {
        struct Refused: Error {}
        let names = Locked(["a"])

        let count = names.withLock { names in
            names.append("b")
            return names.count
        }
        #expect(count == 2)
        #expect(throws: Refused.self) { try names.withLock { _ in throw Refused() } }
        // The lock is free again after an error.
        #expect(names.withLock { $0 } == ["a", "b"])
    }

    @Test func theValueIsReleasedWithTheLock() {
        final class Value: Sendable {}
        var value: Value? = Value()
        weak let observed = value
        var locked: Locked<Value?>? = Locked(value)

        value = nil
        #expect(observed != nil && locked != nil)
        locked = nil

        #expect(observed == nil)
    }
}

private import Glibc

// What the parsers do with bytes, by the C library, which looks at 32 of them at a time where a loop takes one by one.
extension Span<UInt8> {
    /// The index of the first `byte` at or after `start`, or the count if there is none.
    func index(of byte: UInt8, from start: Int = 0) -> Int {
        withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(byte), bytes.count - start)
            else { return bytes.count }
            return UnsafeRawPointer(found) - base
        }
    }

    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { bytes in
            other.withUnsafeBytes { otherBytes in
                guard let base = bytes.baseAddress, let otherBase = otherBytes.baseAddress else { return true }
                return memcmp(base, otherBase, bytes.count) == 0
            }
        }
    }

    func isEqual(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return memcmp(base, text.utf8Start, bytes.count) == 0
        }
    }
}

extension [UInt8] {
    init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }

    mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

extension String {
    /// Bytes that are not UTF-8 become U+FFFD.
    init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

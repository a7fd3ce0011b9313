/// Bytes on their way through: added at the end, taken from the front.
struct ByteBuffer {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Up to here the memory is kept when the buffer has become empty; an idle connection holds no more.
    private static let keptCapacityMax = 4 * 1024

    var isEmpty: Bool { start == bytes.count }
    var count: Int { bytes.count - start }

    /// What has been added and not been taken.
    var unread: ArraySlice<UInt8> { bytes[start...] }

    /// Lets `add` put bytes at the end.
    mutating func append<Result>(with add: (inout [UInt8]) -> Result) -> Result {
        if start > 0 {
            bytes.removeSubrange(..<start)
            start = 0
        }
        return add(&bytes)
    }

    mutating func append(_ new: some Collection<UInt8>) {
        append { $0.append(contentsOf: new) }
    }

    /// Takes bytes from the front.
    mutating func drop(_ byteCount: Int) {
        start += byteCount
        guard isEmpty else { return }
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacityMax)
        start = 0
    }
}

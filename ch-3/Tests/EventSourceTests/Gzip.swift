/// Makes gzip (RFC 1952, 1951) with the fixed Huffman codes, one letter after the other; only runs of a byte are shortened.
///
/// Foundation has no zlib, and a test should not need a program to be installed.
struct Gzip {
    private(set) var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var checksum = UInt32.max
    private var length: UInt32 = 0

    static func compress(_ body: String) -> [UInt8] {
        var gzip = Gzip()
        gzip.append(Array(body.utf8))
        return gzip.finished()
    }

    init() {
        put(0b011, 3)  // The last block, with fixed codes. It may be as long as one likes.
    }

    mutating func append(_ data: [UInt8]) {
        for byte in data { appendLiteral(byte) }
    }

    /// The same byte 258 times for each repetition, which takes 13 bits.
    mutating func append(_ byte: UInt8, repetitions: Int) {
        appendLiteral(byte)
        for _ in 0..<repetitions {
            putCode(0b1100_0101, 8)  // length 258
            putCode(0, 5)  // distance 1
            for _ in 0..<258 { add(byte) }
        }
    }

    func finished() -> [UInt8] {
        var copy = self
        copy.putCode(0, 7)  // end of block
        copy.put(0, (8 - copy.bitCount % 8) % 8)
        for value in [~checksum, length] {
            copy.bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return copy.bytes
    }

    private mutating func appendLiteral(_ byte: UInt8) {
        if byte < 144 { putCode(0b0011_0000 + UInt32(byte), 8) } else { putCode(0b1_1001_0000 + UInt32(byte) - 144, 9) }
        add(byte)
    }

    private mutating func add(_ byte: UInt8) {
        length &+= 1
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum & 1 == 1 ? (checksum >> 1) ^ 0xEDB8_8320 : checksum >> 1 }
    }

    /// Codes are put with the highest bit first, everything else with the lowest.
    private mutating func putCode(_ code: UInt32, _ count: Int) {
        for bit in (0..<count).reversed() { put((code >> bit) & 1, 1) }
    }

    private mutating func put(_ value: UInt32, _ count: Int) {
        bits |= value << bitCount
        bitCount += count
        while bitCount >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }
}

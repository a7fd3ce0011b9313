private import Glibc

/// Memory of a fixed size that frames are written into, from the start on.
///
/// Appending to an array costs a dozen nanoseconds a piece, and an event has sixty pieces: that would be most of the time
/// there is. So pointers are used here, and only here. Every `put` checks that there is room.
struct FrameBuffer: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>
    private var cursor: UnsafeMutablePointer<UInt8>
    private let fragments: UnsafePointer<UInt8>
    private let fragmentsCount: Int

    /// - Parameters:
    ///   - memory: where to write; it must outlive the buffer.
    ///   - fragments: the bytes of the ``Fragments`` that will be put; not empty, and alive as long.
    init?(_ memory: UnsafeMutableBufferPointer<UInt8>, fragments: UnsafeBufferPointer<UInt8>) {
        guard let start = memory.baseAddress, let source = fragments.baseAddress else { return nil }
        self.start = start
        end = start + memory.count
        cursor = start
        self.fragments = source
        fragmentsCount = fragments.count
    }

    var count: Int { cursor - start }
    var room: Int { end - cursor }

    /// Forgets what was written after the first `count` bytes.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        cursor = start + count
    }

    // MARK: Text

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    mutating func put(_ fragment: Fragment) {
        let (from, count) = (Int(fragment.start), Int(fragment.count))
        precondition(from + max(count, Fragments.padding) <= fragmentsCount)
        // Most are short: copying 32 bytes, whatever follows, is faster than asking how many, and the next `put` writes over
        // the surplus.
        if count <= Fragments.padding && room >= Fragments.padding {
            let copy = UnsafeRawPointer(fragments + from).loadUnaligned(as: SIMD32<UInt8>.self)
            UnsafeMutableRawPointer(cursor).storeBytes(of: copy, as: SIMD32<UInt8>.self)
            cursor += count
        } else {
            put(fragments + from, count)
        }
    }

    @inline(__always)
    private mutating func put(_ source: UnsafePointer<UInt8>, _ count: Int) {
        precondition(count <= room)
        memcpy(cursor, source, count)
        cursor += count
    }

    // MARK: Numbers

    mutating func put(_ number: Int) {
        precondition(room >= 20)
        var rest = number.magnitude
        if number < 0 {
            cursor.pointee = UInt8(ascii: "-")
            cursor += 1
        }
        let digitCount = Self.digitCount(rest)
        cursor += digitCount
        var position = cursor
        while rest >= 100 {
            let pair = Int(truncatingIfNeeded: rest % 100)
            rest /= 100
            position -= 2
            Self.copyPair(pair, to: position)
        }
        if rest >= 10 {
            Self.copyPair(Int(truncatingIfNeeded: rest), to: position - 2)
        } else {
            (position - 1).pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
        }
    }

    /// Writes the last two digits of a number from 0 to 99.
    mutating func putPair(_ number: Int) {
        precondition(room >= 2 && 0..<100 ~= number)
        Self.copyPair(number, to: cursor)
        cursor += 2
    }

    mutating func putByte(_ byte: UInt8) {
        precondition(room >= 1)
        cursor.pointee = byte
        cursor += 1
    }

    /// Writes 32 bits as eight lower-case hexadecimal digits.
    mutating func putHex(_ bits: UInt32) {
        precondition(room >= 8)
        UnsafeMutableRawPointer(cursor).storeBytes(of: Self.hexDigits(bits), as: UInt64.self)
        cursor += 8
    }

    /// The same with a hyphen in the middle, as UUIDs have it.
    mutating func putHyphenatedHex(_ bits: UInt32) {
        precondition(room >= 9)
        let digits = Self.hexDigits(bits)
        UnsafeMutableRawPointer(cursor + 1).storeBytes(of: digits, as: UInt64.self)
        UnsafeMutableRawPointer(cursor).storeBytes(of: UInt32(truncatingIfNeeded: digits), as: UInt32.self)
        cursor[4] = UInt8(ascii: "-")
        cursor += 9
    }

    /// Eight digits as they lie in memory, made all at once.
    private static func hexDigits(_ bits: UInt32) -> UInt64 {
        // One byte for each of the eight digits, the highest first in memory.
        var digits = UInt64(bits.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits >> 4 | digits << 8) & 0x0F0F_0F0F_0F0F_0F0F
        // Adding 6 to a digit carries if it is above 9, and so finds the letters: 'a' is 39 further than ':'.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (digits &+ 0x3030_3030_3030_3030 &+ letters &* 39).littleEndian
    }

    private static let pairs: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    private static func copyPair(_ number: Int, to position: UnsafeMutablePointer<UInt8>) {
        memcpy(position, pairs.utf8Start + 2 * number, 2)
    }

    private static func digitCount(_ number: UInt) -> Int {
        var (rest, count) = (number, 1)
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        return count + (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
    }
}

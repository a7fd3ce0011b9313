import Foundation
import Testing

@testable import Generator

struct UserTableTests {
    @Test func namesAreDistinct() {
        let names = (0..<50_000).map(UserTable.name(of:))
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: [1, 2, 3, 100, 1023, 1024, 1025])
    func thereAreNoMoreThanAskedFor(count: Int) {
        let stream = SimulatedStream.make { $0.userCount = count }
        let ranks = Set((0..<5000).map { stream.change(at: $0).user })
        #expect(ranks.allSatisfy { 0..<count ~= $0 })
        #expect(count > 3 || ranks.count == count)
    }

    @Test func thereAreAsManyAsInTheRecordedEvents() {
        let stream = SimulatedStream.make { $0.userCount = 100_000 }
        #expect(350...600 ~= Set((0..<1950).map { stream.change(at: $0).user }).count)
        #expect(600...1000 ~= Set((0..<4437).map { stream.change(at: $0).user }).count)
    }
}

struct SiteTableTests {
    @Test func thereAreAboutEightHundredAndAllCanBeDrawn() {
        var fragments = Fragments()
        let table = SiteTable(fragments: &fragments)
        #expect(750...850 ~= table.sites.count)
        #expect(Set((0..<1 << 14).map { table.draw($0) }).count == table.sites.count)
        let domains = table.sites.map { fragments.text($0.domain) }
        #expect(Set(domains).count == domains.count)
    }
}

struct ZipfTableTests {
    @Test func lowRanksAreTheFrequentOnes() {
        let table = ZipfTable(count: 1000, exponent: 1.5, offset: 4)
        var random = RandomBits(seed: 1, purpose: .change, index: 0)
        var counts = [Int](repeating: 0, count: 1000)
        for _ in 0..<100_000 { counts[table.rank(random.next())] += 1 }
        let shares = [0..<1, 1..<10, 10..<100, 100..<1000].map { counts[$0].reduce(0, +) }
        #expect(shares.allSatisfy { $0 > 5000 })
        #expect(counts[0] > counts[10] && counts[10] > counts[100] && counts[100] > counts[900])
    }
}

struct FrameBufferTests {
    private func text(_ write: (inout FrameBuffer) -> Void) -> String {
        var fragments = Fragments()
        fragments.pad()
        let bytes = fragments.bytes.withUnsafeBufferPointer { fragments in
            [UInt8](unsafeUninitializedCapacity: 256) { memory, count in
                guard var buffer = FrameBuffer(memory, fragments: fragments) else { return }
                write(&buffer)
                count = buffer.count
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func numbersAreWrittenAsSwiftWritesThem() {
        var random = RandomBits(seed: 1, purpose: .text, index: 0)
        let edges = [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, -1, -10, .max, .min]
        for number in edges + (0..<2000).map({ Int(truncatingIfNeeded: random.next() >> UInt64($0 % 64)) }) {
            #expect(text { $0.put(number) } == String(number))
        }
    }

    @Test func hexadecimalDigitsAreWrittenInOrder() {
        #expect(text { $0.putHex(0x0123_4567) } == "01234567")
        #expect(text { $0.putHex(0x89AB_CDEF) } == "89abcdef")
        #expect(text { $0.putHyphenatedHex(0xFEDC_09A9) } == "fedc-09a9")
    }

    @Test func timesAreWrittenAsFoundationWritesThem() throws {
        var random = RandomBits(seed: 2, purpose: .text, index: 0)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            let milliseconds = random.next(below: 253_402_300_799_999)
            let time = CalendarTime(milliseconds: milliseconds)
            #expect(time.milliseconds == milliseconds)
            let whole = milliseconds / 1000 * 1000
            let date = Date(timeIntervalSince1970: Double(whole) / 1000)
            #expect(text { $0.putISO8601(CalendarTime(milliseconds: whole)) } == date.formatted(style))
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Wikimedia

struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
        ("2021-08-27T13:20:17Z", 1_630_070_417_000), ("2026-02-26T15:49:36.569Z", 1_772_120_976_569),
        ("2000-02-29T00:00:00Z", 951_782_400_000), ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ("2026-02-26t15:49:36z", 1_772_120_976_000), ("2026-02-26T17:19:36+01:30", 1_772_120_976_000),
        ("2026-02-26T10:49:36-05:00", 1_772_120_976_000), ("2026-02-26T15:49:36.5Z", 1_772_120_976_500),
        ("2026-02-26T15:49:36.5699999999999999999999Z", 1_772_120_976_569), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ])
    func readsATime(_ text: String, milliseconds: Int) {
        #expect(Self.read(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-02-26", "2026-02-26T15:49:36", "2026-02-26 15:49:36Z", "2026-2-26T15:49:36Z",
        "26-02-26T15:49:36Z",
        "2026-00-26T15:49:36Z", "2026-13-26T15:49:36Z", "2026-02-29T15:49:36Z", "2100-02-29T00:00:00Z",
        "2026-04-31T15:49:36Z",
        "2026-02-00T15:49:36Z", "2026-02-26T24:00:00Z", "2026-02-26T15:60:36Z", "2026-02-26T15:49:61Z",
        "2026-02-26T15:49:36.Z",
        "2026-02-26T15:49:36,5Z", "2026-02-26T15:49:36+0100", "2026-02-26T15:49:36+24:00", "2026-02-26T15:49:36+01:60",
        "2026-02-26T15:49:36ZZ", " 2026-02-26T15:49:36Z", "+026-02-26T15:49:36Z", "2026-02-26T15:49:36Z\0",
        "-026-02-26T15:49:36Z",
    ])
    func whatIsNoTimeIsNil(_ text: String) {
        #expect(Self.read(text) == nil)
    }

    @Test func anyTimeIsReadAsFoundationReadsIt() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let seconds = Int.random(in: -12_000_000_000...253_402_300_799, using: &random)
            let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)

            #expect(Self.read(text) == seconds * 1000, "\(text)")
        }
    }

    private static func read(_ text: String) -> Int? {
        text.utf8.withContiguousStorageIfAvailable { millisecondsSince1970(rfc3339: $0) } ?? nil
    }
}

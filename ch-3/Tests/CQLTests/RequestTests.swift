import Configuration
import Testing

@testable import CQL

/// The bytes of each request, as native_protocol_v4.spec § 4.1 has them.
struct RequestTests {
    @Test func startup() throws {
        #expect(
            try Self.encode(.startup) == [
                0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x16,  // version 4, STARTUP, 22 bytes
                0x00, 0x01,  // one option
                0x00, 0x0B,
            ] + Array("CQL_VERSION".utf8) + [0x00, 0x05] + Array("3.0.0".utf8))
    }

    @Test func authResponseIsSASLPlain() throws {
        let credentials = try #require(CQLCredentials(username: "user", password: Secret("pass")))
        #expect(
            try Self.encode(.authResponse(token: credentials.plainToken)) == [
                0x04, 0x00, 0x00, 0x00, 0x0F, 0x00, 0x00, 0x00, 0x0E,
                0x00, 0x00, 0x00, 0x0A,  // ten bytes
                0x00, 0x75, 0x73, 0x65, 0x72,  // no authorization identity; user
                0x00, 0x70, 0x61, 0x73, 0x73,  // pass
            ])
    }

    @Test func query() throws {
        #expect(
            try Self.encode(.query("USE k", .one)) == [
                0x04, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x0C,
                0x00, 0x00, 0x00, 0x05, 0x55, 0x53, 0x45, 0x20, 0x6B,  // USE k
                0x00, 0x01,  // ONE
                0x00,  // no flags
            ])
    }

    @Test func prepare() throws {
        #expect(
            try Self.encode(.prepare("USE k")) == [
                0x04, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x09,
                0x00, 0x00, 0x00, 0x05, 0x55, 0x53, 0x45, 0x20, 0x6B,
            ])
    }

    @Test func executeWithEachKindOfValueAndAPage() throws {
        let values: [CQLValue] = [
            .text("é"), .bigint(-2), .int(258), .smallint(-1), .blob([9, 8]), .text(""),
        ]
        let page = Request.Page(rowCount: 100, state: [7])

        let body: [UInt8] = [
            0x00, 0x02, 0xAB, 0xCD,  // the id
            0x00, 0x06,  // LOCAL_QUORUM
            0x0D,  // values, page size, paging state
            0x00, 0x06,  // six values
            0x00, 0x00, 0x00, 0x02, 0xC3, 0xA9,
            0x00, 0x00, 0x00, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE,
            0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x01, 0x02,
            0x00, 0x00, 0x00, 0x02, 0xFF, 0xFF,
            0x00, 0x00, 0x00, 0x02, 0x09, 0x08,
            0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x64,  // 100 rows a page
            0x00, 0x00, 0x00, 0x01, 0x07,  // the paging state
        ]
        let frame = try Self.encode(.execute(id: [0xAB, 0xCD], values, .localQuorum, page))
        #expect(frame[..<9] == [0x04, 0x00, 0x00, 0x00, 0x0A, 0x00, 0x00, 0x00, UInt8(body.count)])
        #expect(Array(frame[9...]) == body)
    }

    @Test func executeWithoutValues() throws {
        #expect(
            try Self.encode(.execute(id: [7], [], .one, Request.Page(rowCount: 5))) == [
                0x04, 0x00, 0x00, 0x00, 0x0A, 0x00, 0x00, 0x00, 0x0C,
                0x00, 0x01, 0x07, 0x00, 0x01,  // the id, ONE
                0x05,  // values, page size
                0x00, 0x00,  // no values
                0x00, 0x00, 0x00, 0x05,  // five rows a page
            ])
    }

    @Test func unloggedBatch() throws {
        let entries: [(id: [UInt8], values: [CQLValue])] = [([0x0A], [.smallint(1)]), ([0x0B], [])]
        #expect(
            try Self.encode(.batch(entries, .quorum)) == [
                0x04, 0x00, 0x00, 0x00, 0x0D, 0x00, 0x00, 0x00, 0x18,
                0x01,  // unlogged
                0x00, 0x02,  // two statements
                0x01, 0x00, 0x01, 0x0A,  // prepared, its id
                0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,  // one value
                0x01, 0x00, 0x01, 0x0B,
                0x00, 0x00,  // no values
                0x00, 0x04,  // QUORUM
                0x00,  // no flags
            ])
    }

    @Test func aBatchTakes65535StatementsAndNotOneMore() throws {
        let entry: (id: [UInt8], values: [CQLValue]) = ([1], [])
        _ = try Self.encode(.batch(Array(repeating: entry, count: 65_535), .one))
        #expect(throws: CQLError.self) { try Self.encode(.batch(Array(repeating: entry, count: 65_536), .one)) }
    }

    @Test func aFrameTakesAsMuchAsIsAllowedAndNotOneByteMore() throws {
        let request = Request.prepare(String(repeating: "x", count: 87))  // 9 + 4 + 87
        #expect(try request.encode(frameBytesMax: 100).count == 100)
        #expect(throws: CQLError.self) { try request.encode(frameBytesMax: 99) }
    }

    private static func encode(_ request: Request) throws -> [UInt8] {
        try request.encode(frameBytesMax: 1 << 24)
    }
}

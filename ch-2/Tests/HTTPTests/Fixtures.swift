import HTTPTestSupport
import Logging
import TestSupport

@testable import HTTP

extension RequestHead {
    /// Parses `bytes` that arrive in these pieces, as a connection does.
    ///
    /// - Returns: the head, or `nil` where it has no end.
    static func parse(
        _ pieces: [ArraySlice<UInt8>], limits: HTTPServer.Limits = .init()
    ) throws(Problem) -> RequestHead? {
        var parser = RequestHeadParser(limits: limits)
        var received: [UInt8] = []
        for piece in pieces {
            received += piece
            if let head = try parser.parse(received[...]) { return head }
        }
        return nil
    }

    static func parse(_ text: String, limits: HTTPServer.Limits = .init()) throws(Problem) -> RequestHead? {
        try parse([Array(text.utf8)[...]], limits: limits)
    }
}

extension HTTPRequest {
    static func make(
        _ method: HTTPMethod = .get, _ target: String = "/", body: [UInt8] = [],
        peer: PeerAddress = PeerAddress(ipv4: 0x7F00_0001)
    ) throws -> HTTPRequest {
        let text = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: test\r\n\r\n"
        guard let head = try RequestHead.parse(text) else { throw IncompleteHead() }
        return HTTPRequest(head: head, body: body, peer: peer)
    }

    private struct IncompleteHead: Error {}
}

extension Array where Element == UInt8 {
    /// Every way to cut the bytes in two, each of them possibly empty.
    var splitsInTwo: [[ArraySlice<UInt8>]] {
        (0...count).map { [self[..<$0], self[$0...]] }
    }

    var singleBytes: [ArraySlice<UInt8>] {
        indices.map { self[$0...$0] }
    }
}

import Foundation
import HTTP
import Locking
import TestSupport

/// Serves recorded events as Wikimedia would: resumes by timestamp, and loses the connection again and again, by turns at
/// the end of a frame and within one.
final class ResumingStream: Sendable {
    /// Opened when a client comes back that has had everything.
    let allIsTaken = Gate()
    private let frames: [CapturedFrame]
    private let newFramesPerConnection: Int
    private let state = Locked(State())

    private struct State {
        var connectionCount = 0
        var sentCount = 0
    }

    /// - Parameter newFramesPerConnection: how many frames come that have not come before, after those that come again.
    init(_ frames: [CapturedFrame], newFramesPerConnection: Int) {
        self.frames = frames
        self.newFramesPerConnection = newFramesPerConnection
    }

    @Sendable func respond(to request: HTTPRequest) throws -> HTTPResponse {
        let (number, end) = state.withLock { state in
            if state.sentCount == frames.count { allIsTaken.open() }
            state.connectionCount += 1
            state.sentCount = min(frames.count, state.sentCount + newFramesPerConnection)
            return (state.connectionCount, state.sentCount)
        }
        let again = try request.fields["Last-Event-ID"].map(indices(after:)) ?? Array(frames.indices)
        let bytes = again.filter { $0 < end }.flatMap { frames[$0].bytes }
        let cut = end < frames.count && number.isMultiple(of: 2) ? frames[end].bytes.prefix(200) : []
        return HTTPResponse(
            .ok, contentType: "text/event-stream",
            body: .stream { writer in
                try await writer.write(Array(":ok\n\n".utf8))
                try await writer.write(bytes + cut)
                // As a connection that breaks: without the last chunk.
                if number.isMultiple(of: 3) { throw CancellationError() }
            })
    }

    private struct Position: Decodable {
        let topic: String
        let timestamp: Int?
    }

    /// Of each topic that has a time: what follows the first frame that is not older, older ones too (Kafka's
    /// `offsetsForTimes`).
    private func indices(after lastEventID: String) throws -> [Int] {
        let positions = try JSONDecoder().decode([Position].self, from: Data(lastEventID.utf8))
        return positions.flatMap { position -> [Int] in
            guard let timestamp = position.timestamp else { return [] }
            let ofTopic = frames.indices.filter { frames[$0].topic == position.topic }
            return Array(ofTopic.drop { frames[$0].timestamp < timestamp })
        }.sorted()
    }
}

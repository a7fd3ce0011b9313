private import CCurl
private import Glibc
private import Lifecycle

/// The connection to the server: an actor with a thread of its own, where libcurl may wait for the network.
///
/// It reads when it is asked to, and only then. While nobody asks, the kernel's buffers fill, and then the server has to wait:
/// back-pressure, as far as the other end of the world.
actor StreamConnection {
    private let executor = ThreadExecutor(name: "event-source")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let settings: EventSource.Settings
    private nonisolated let multi = CurlMulti()
    private var transfer: CurlTransfer?
    /// How the transfer has ended, while there are still bytes to hand out.
    private var end: ConnectionEnd?
    /// Until when more is to be gathered before the next piece is taken.
    private var gatheringEnd = ContinuousClock.now

    init(_ settings: EventSource.Settings) {
        self.settings = settings
    }

    deinit {
        executor.stop()
    }

    /// Connects, and waits for the first bytes of a stream.
    func open(lastEventID: String) throws -> StreamFormat {
        var fields = ["Accept: \(settings.format.accept)", "Cache-Control: no-cache"]
        if !lastEventID.isEmpty { fields.append("Last-Event-ID: \(lastEventID)") }
        let transfer = CurlTransfer(settings, fields: fields, on: multi)
        self.transfer = transfer
        end = nil

        do throws(ConnectionEnd) {
            try waitForBytes(of: transfer)
            return try Self.checkHead(of: transfer)
        } catch {
            close()
            throw error
        }
    }

    /// The next piece of the body.
    ///
    /// - Throws: why there is none: a ``ConnectionEnd``. The connection is then closed.
    func receive() throws -> [UInt8] {
        guard let transfer else { throw ConnectionEnd.cancelled }
        do throws(ConnectionEnd) {
            try waitForBytes(of: transfer)
            let bytes = transfer.takeReceived()
            gatheringEnd = .now + (bytes.count < Self.smallPieceBytesMax ? Self.gatheringTime : .zero)
            return bytes
        } catch {
            close()
            throw error
        }
    }

    func close() {
        transfer = nil
    }

    /// Lets what waits see that its task is cancelled. May be called from any thread.
    nonisolated func wakeUp() {
        multi.wakeUp()
    }

    // MARK: The transfer

    /// A piece wakes two threads, which costs more than the event in it. Where small pieces follow each other closely, those of
    /// 10 ms are taken together: with 1,000 events a second that is less than half of the work. It delays nothing at 40 a second.
    private static let gatheringTime = Duration.milliseconds(10)
    private static let smallPieceBytesMax = 16 * 1024

    private func waitForBytes(of transfer: CurlTransfer) throws(ConnectionEnd) {
        let gatheringTime = gatheringEnd - .now
        if gatheringTime > .zero { usleep(UInt32(gatheringTime / .microseconds(1))) }
        let deadline = ContinuousClock.now + settings.idleTimeout
        let code = transfer.resume()
        if code != CURLE_OK { end = Self.end(of: transfer, code: code) }
        while !transfer.hasReceived {
            if Task.isCancelled { throw .cancelled }
            if let end { throw end }
            if let code = multi.perform() { end = Self.end(of: transfer, code: code) }
            if transfer.hasReceived || end != nil { continue }
            let timeLeft = deadline - .now
            if timeLeft <= .zero { throw .silence(settings.idleTimeout) }
            multi.wait(for: timeLeft)
        }
    }

    private static func end(of transfer: CurlTransfer, code: CURLcode) -> ConnectionEnd {
        guard code == CURLE_OK else { return .failure(transfer.message(for: code)) }
        return switch transfer.status {
        case 200: .completed
        case 204: .noContent
        case let status: .status(status, retryAfter: transfer.retryAfter)
        }
    }

    private static func checkHead(of transfer: CurlTransfer) throws(ConnectionEnd) -> StreamFormat {
        guard transfer.status == 200 else { throw .status(transfer.status, retryAfter: transfer.retryAfter) }
        guard let format = transfer.contentType.flatMap(StreamFormat.init(contentType:)) else {
            throw .contentType(transfer.contentType)
        }
        return format
    }
}

internal import Locking

/// Counts the open connections, in all and per network, and says whether there may be one more.
///
/// Shared by all event loops. Its table has as many entries as there are connections, at most.
final class ConnectionLimiter: Sendable {
    private let connectionsMax: Int
    private let connectionsPerNetworkMax: Int
    private let counts = Locked(Counts())

    private struct Counts {
        var total = 0
        var perNetwork: [PeerAddress: Int] = [:]
    }

    init(limits: HTTPServer.Limits) {
        connectionsMax = limits.connectionsMax
        connectionsPerNetworkMax = limits.connectionsPerAddressMax
    }

    /// Counts a connection in, unless a limit is reached. Each one that is admitted must be released.
    func admit(_ peer: PeerAddress) -> Bool {
        counts.withLock { counts in
            let ofNetwork = counts.perNetwork[peer.network, default: 0]
            guard counts.total < connectionsMax, ofNetwork < connectionsPerNetworkMax else { return false }
            counts.total += 1
            counts.perNetwork[peer.network] = ofNetwork + 1
            return true
        }
    }

    func release(_ peer: PeerAddress) {
        counts.withLock { counts in
            counts.total -= 1
            let left = counts.perNetwork[peer.network, default: 1] - 1
            counts.perNetwork[peer.network] = left == 0 ? nil : left
        }
    }
}

/// One change to one page of one of Wikimedia's wikis: what this program counts and prints of a `recentchange` event.
///
/// Source: the schema `mediawiki/recentchange` 1.0.1. What is counted (`domain`, `serverURL`, `serverName`, `user`, `isBot`)
/// every change has; the rest is `nil` where the event has no such member, or one of another type.
package struct RecentChange: Equatable, Sendable {
    /// No `domain`, `serverURL`, `serverName` or `user` is longer. MediaWiki's own limit for the name of a user is 255.
    package static let nameBytesMax = 1024

    package let identity: EventIdentity
    /// `meta.domain`: `de.wikipedia.org`.
    package let domain: String
    /// `server_url`: `https://de.wikipedia.org`.
    package let serverURL: String
    /// `server_name`: `de.wikipedia.org`.
    package let serverName: String
    /// Who made the change: a name in any script, or an IP address, or a temporary name like `~2026-12881-95`.
    package let user: String
    package let isBot: Bool
    /// `edit`, `new`, `log`, `categorize`, `external`, or a number, like `142`.
    package let type: String?
    package let title: String?
    /// When the change was made, in seconds since 1970: a little before the event was produced.
    package let timestampSeconds: Int?

    package init(
        identity: EventIdentity, domain: String, serverURL: String, serverName: String, user: String, isBot: Bool,
        type: String? = nil, title: String? = nil, timestampSeconds: Int? = nil
    ) {
        self.identity = identity
        self.domain = domain
        self.serverURL = serverURL
        self.serverName = serverName
        self.user = user
        self.isBot = isBot
        self.type = type
        self.title = title
        self.timestampSeconds = timestampSeconds
    }
}

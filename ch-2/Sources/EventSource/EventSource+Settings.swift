extension EventSource {
    package struct Settings: Sendable {
        package var url: StreamURL
        /// Whom the server may ask when something is wrong. Wikimedia refuses readers that do not say.
        package var userAgent: String
        /// Which format is asked for; what is read is what the server then says it sends.
        package var format = StreamFormat.sse
        /// From the name of the host to the end of the TLS handshake.
        package var connectTimeout = Duration.seconds(10)
        /// Without a byte of the body, the time until the first included. Wikimedia sends something every few seconds.
        package var idleTimeout = Duration.seconds(60)
        /// The data of one event. Larger ones are skipped and counted.
        package var eventBytesMax = 4 * 1024 * 1024
        package var reconnectPolicy = ReconnectPolicy()
        /// The certificates to trust, in PEM, if not those of the system: for servers with a private authority.
        package var trustedCertificatesFile: String?

        package init(url: StreamURL, userAgent: String) {
            self.url = url
            self.userAgent = userAgent
        }
    }

    /// Redirects on the way to one response.
    static let redirectCountMax = 5
    /// What is read from a socket at once. Small, because gzip makes up to a thousand times as much of it, and libcurl keeps that.
    static let readBytesMax = 64 * 1024
    /// Beyond, libcurl stops reading until what has come is taken.
    static let chunkBytesMax = 256 * 1024
    /// What servers take for one header field, and a little less.
    static let lastEventIDBytesMax = 4 * 1024
}

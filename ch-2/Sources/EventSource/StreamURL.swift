private import CCurl

/// Where a stream is: an `http` or `https` URL that libcurl understands.
package struct StreamURL: Sendable, Equatable, CustomStringConvertible {
    /// The whole URL, with a password if it has one.
    let text: String
    /// Without user and password, for the log.
    package let description: String

    package init?(_ text: String) {
        let url = curl_url()
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: url), scheme == "http" || scheme == "https",
            curl_url_set(url, CURLUPART_USER, nil, 0) == CURLUE_OK,
            curl_url_set(url, CURLUPART_PASSWORD, nil, 0) == CURLUE_OK,
            let withoutPassword = Self.part(CURLUPART_URL, of: url)
        else { return nil }
        self.text = text
        isSecure = scheme == "https"
        description = withoutPassword
    }

    let isSecure: Bool

    private static func part(_ part: CURLUPart, of url: OpaquePointer?) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

internal import CCurl

/// One request and its response: owns libcurl's "easy" handle and what the handle points to.
///
/// It lives on the thread of its ``CurlMulti``, and its end closes the connection.
final class CurlTransfer {
    private let multi: CurlMulti
    private let easy: UnsafeMutableRawPointer
    private let fields: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private let received = ReceivedBytes()

    /// - Parameter fields: header fields as they are sent, `Name: value`.
    init(_ settings: EventSource.Settings, fields: [String], on multi: CurlMulti) {
        guard let easy = curl_easy_init() else { preconditionFailure("libcurl is out of memory") }
        self.multi = multi
        self.easy = easy
        self.fields = fields.reduce(nil) { curl_slist_append($0, $1) }
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setRequest(settings)
        setConnection(settings)
        setReceiving()
        multi.add(easy)
    }

    deinit {
        multi.remove(easy)
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        errorText.deallocate()
    }

    // MARK: What has come

    var hasReceived: Bool { !received.bytes.isEmpty }

    /// Hands over what has come.
    func takeReceived() -> [UInt8] {
        let bytes = received.bytes
        received.bytes = []
        // As much again is likely: memory that is asked for once need not grow, which would copy it several times.
        received.bytes.reserveCapacity(min(bytes.count, EventSource.chunkBytesMax))
        return bytes
    }

    /// Goes on reading, if libcurl had to stop. What it has kept in the meantime comes at once, during this call.
    func resume() -> CURLcode {
        guard received.isPaused else { return CURLE_OK }
        received.isPaused = false
        return curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// The status, 0 if there is no response yet.
    var status: Int {
        var status = 0
        curl_get_number(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    var contentType: String? {
        var text: UnsafePointer<CChar>?
        curl_get_text(easy, CURLINFO_CONTENT_TYPE, &text)
        return text.map { String(cString: $0) }
    }

    /// `Retry-After`, which is a number of seconds or a date (RFC 9110 § 10.2.3).
    var retryAfter: Duration? {
        var seconds: curl_off_t = 0
        curl_get_offset(easy, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? .seconds(Int64(seconds)) : nil
    }

    /// What went wrong, in libcurl's words: with the name of the host or the file, where it has them.
    func message(for code: CURLcode) -> String {
        String(cString: errorText.pointee == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
    }

    // MARK: Options

    private func setRequest(_ settings: EventSource.Settings) {
        set(CURLOPT_URL, settings.url.text)
        set(CURLOPT_USERAGENT, settings.userAgent)
        set(CURLOPT_HTTPHEADER, fields)
        set(CURLOPT_ACCEPT_ENCODING, "gzip")
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 1)
        set(CURLOPT_MAXREDIRS, EventSource.redirectCountMax)
        // Whoever asked for a stream over TLS must not be led to one without.
        set(CURLOPT_REDIR_PROTOCOLS_STR, settings.url.isSecure ? "https" : "http,https")
    }

    private func setConnection(_ settings: EventSource.Settings) {
        // HTTP/2 would read ahead by 32 MB, whether or not anybody reads here; and one stream has nobody to share it with.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout / .milliseconds(1)))
        set(CURLOPT_FORBID_REUSE, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.trustedCertificatesFile { set(CURLOPT_CAINFO, file) }
        // No signals, which belong to the whole process; and no waiting for a name server when the reader has gone.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setReceiving() {
        set(CURLOPT_ERRORBUFFER, errorText)
        set(CURLOPT_BUFFERSIZE, EventSource.readBytesMax)
        set(CURLOPT_WRITEDATA, Unmanaged.passUnretained(received).toOpaque())
        let write: curl_write_callback = { bytes, _, count, target in
            guard let bytes, let target else { return 0 }
            let received = Unmanaged<ReceivedBytes>.fromOpaque(target).takeUnretainedValue()
            let hasRoom = received.append(UnsafeRawBufferPointer(start: bytes, count: count))
            return hasRoom ? count : Int(CURL_WRITEFUNC_PAUSE)
        }
        check(curl_set_write_function(easy, write))
    }

    private func set(_ option: CURLoption, _ value: Int) {
        check(curl_set_number(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) {
        check(curl_set_text(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        check(curl_set_pointer(easy, option, value))
    }

    /// What fails here is a libcurl without HTTP, TLS or gzip, or is out of memory.
    private func check(_ code: CURLcode) {
        precondition(code == CURLE_OK, "libcurl: \(String(cString: curl_easy_strerror(code)))")
    }
}

/// Where libcurl puts the body.
private final class ReceivedBytes {
    var bytes: [UInt8] = []
    var isPaused = false

    /// - Returns: whether there was room; otherwise libcurl stops reading, and offers the same bytes again when it goes on.
    func append(_ next: UnsafeRawBufferPointer) -> Bool {
        isPaused = !bytes.isEmpty && bytes.count + next.count > EventSource.chunkBytesMax
        if !isPaused { bytes.append(contentsOf: next) }
        return !isPaused
    }
}

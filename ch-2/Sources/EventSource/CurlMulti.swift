internal import CCurl

/// libcurl's "multi" interface: it does what a transfer can do now and waits for more, instead of blocking to its end.
///
/// All functions must be called on one thread, except `wakeUp`.
final class CurlMulti: @unchecked Sendable {
    // `@unchecked Sendable` is right because the handle itself never changes, and the only function that is called on other
    // threads is the one that libcurl lets them call.
    private let handle: UnsafeMutableRawPointer

    /// Once in a process, and Swift sees to it that it is once: a static constant is made by the first who asks, on any thread.
    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() {
        guard Self.libraryIsReady, let handle = curl_multi_init() else { preconditionFailure("libcurl cannot start") }
        self.handle = handle
    }

    deinit {
        curl_multi_cleanup(handle)
    }

    func add(_ easy: UnsafeMutableRawPointer) {
        check(curl_multi_add_handle(handle, easy))
    }

    func remove(_ easy: UnsafeMutableRawPointer) {
        check(curl_multi_remove_handle(handle, easy))
    }

    /// Does what can be done without waiting.
    ///
    /// - Returns: how the transfer has ended, if it has. There is one at a time.
    func perform() -> CURLcode? {
        var running: Int32 = 0
        check(curl_multi_perform(handle, &running))
        var left: Int32 = 0
        guard let message = curl_multi_info_read(handle, &left), message.pointee.msg == CURLMSG_DONE else { return nil }
        return message.pointee.data.result
    }

    /// Waits until there is something to do, the time is over, or `wakeUp` is or was called.
    func wait(for timeout: Duration) {
        let milliseconds = (timeout / .milliseconds(1)).rounded(.up)
        check(curl_multi_poll(handle, nil, 0, Int32(max(0, min(milliseconds, 60_000))), nil))
    }

    /// Ends the present `wait`, or the next one. May be called from any thread.
    func wakeUp() {
        check(curl_multi_wakeup(handle))
    }

    /// What fails here is out of memory, or is called in the wrong order.
    private func check(_ code: CURLMcode) {
        precondition(code == CURLM_OK, "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }
}

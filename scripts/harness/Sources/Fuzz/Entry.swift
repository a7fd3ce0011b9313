internal import Glibc

// libFuzzer has the `main`, and calls the two functions below: so this target links only with its sanitizer.

/// Every driver by its name. scripts/fuzz takes the names from these lines.
private let drivers: [String: any Driver.Type] = [
    "request-head": RequestHeadDriver.self,
    "target": TargetDriver.self,
    "chunked": ChunkedDriver.self,
    "sse": SSEDriver.self,
    "ndjson": NDJSONDriver.self,
    "json": JSONDriver.self,
    "json-writer": JSONWriterDriver.self,
    "change": ChangeDriver.self,
    "position": PositionDriver.self,
    "identity": IdentityDriver.self,
    "dotenv": DotEnvDriver.self,
    "cql": CQLDriver.self,
    "token": TokenDriver.self,
]

/// The one that `FUZZ_TARGET` names. `nonisolated(unsafe)` is right because libFuzzer calls both functions from one thread.
private nonisolated(unsafe) let driver = makeDriver()

private func makeDriver() -> any Driver {
    let name = environment("FUZZ_TARGET") ?? ""
    guard let driver = drivers[name] else {
        printError("There is no driver \"\(name)\": set FUZZ_TARGET to one of \(drivers.keys.sorted()).\n")
        exit(64)
    }
    return driver.init()
}

private func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// Called once, before the corpus is read: puts the driver's seeds into the folder `FUZZ_SEEDS`, and its words, as a
/// dictionary, into the file `FUZZ_WORDS`.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer) -> Int32 {
    if let folder = environment("FUZZ_SEEDS") {
        for (index, seed) in driver.seeds.enumerated() { write(Array(seed.utf8), to: "\(folder)/seed-\(index)") }
    }
    if let file = environment("FUZZ_WORDS") {
        write(Array(driver.words.map(dictionaryLine).joined().utf8), to: file)
    }
    return 0
}

/// Called for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    driver.check(UnsafeBufferPointer(start: start, count: count))
    return 0
}

/// `"GET \x0D"`: printable characters as they are, all others in hexadecimal.
private func dictionaryLine(_ word: String) -> String {
    let bytes = word.utf8.map { byte in
        let isPlain = 0x20...0x7E ~= byte && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        return isPlain ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "\"\(bytes.joined())\"\n"
}

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { return perror(path) }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

private import Foundation
private import Stats
private import Wikimedia

/// The memory of so many distinct users, each of whom has made one change.
func measureUsers(count: Int) {
    guard count > 0 else { fail("how many users?") }
    let store = InMemoryStatsStore()
    // So that the memory of everything but users is there already.
    store.record(change(by: name(of: 0)))
    let before = memory("VmRSS")
    for number in 0..<count { store.record(change(by: name(of: number))) }
    let used = memory("VmRSS") - before
    guard store.snapshot().distinctUsers == count else { fail("names are not distinct") }
    print("users \(count)\nbytes \(used)\npeak_bytes \(memory("VmHWM"))")
}

/// Distinct names as Wikimedia has them: half fit into the 15 bytes for which a Swift string needs no memory of its own.
private func name(of number: Int) -> String {
    switch number % 6 {
    case 0, 1: "User\(number)"
    case 2: "~2026-\(number)-71"
    case 3: "The Editor of \(number)"
    case 4: "Участник \(number)"
    default: "2001:DB8:0:0:0:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16)):1"
    }
}

private func change(by user: String) -> RecentChange {
    RecentChange(
        identity: EventIdentity(id: EventID(user), topic: nil, timestampMilliseconds: nil), domain: "en.wikipedia.org",
        serverURL: "https://en.wikipedia.org", serverName: "en.wikipedia.org", user: user, isBot: false)
}

/// What Linux says of this process's memory, in bytes.
private func memory(_ key: String) -> Int {
    let status = (try? String(contentsOf: URL(fileURLWithPath: "/proc/self/status"), encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") } ?? ""
    guard let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
    else { fail("/proc/self/status does not tell \(key)") }
    return kilobytes * 1024
}

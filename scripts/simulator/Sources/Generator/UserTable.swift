/// The users, by rank: rank 0 has made the most changes. Their names are distinct.
///
/// A name is two words of one script and a number, read off the rank digit by digit, so no two ranks have the same.
struct UserTable: Sendable {
    private let names: [Fragment]
    private let bots: [Bool]

    init(count: Int, fragments: inout Fragments) {
        names = (0..<count).map { fragments.add(Word.jsonEscaped(Self.name(of: $0))) }
        bots = (0..<count).map { Self.isBot($0) }
    }

    var count: Int { names.count }

    /// As it stands inside a JSON string.
    func name(_ rank: Int) -> Fragment { names[rank] }

    /// Here a user either is a bot in every change or in none.
    func isBot(_ rank: Int) -> Bool { bots[rank] }

    // MARK: Names

    /// What sorts of users there are, one in sixteen each: the sort is the last digit of the rank in base 16.
    private enum Sort {
        case named(Script)
        case quoted
        case ipv4
        case ipv6
        case temporary
    }

    private static let sorts: [Sort] = [
        .named(.latin), .named(.accented), .named(.cyrillic), .named(.han), .named(.arabic), .ipv4, .named(.japanese),
        .named(.hebrew),
        .named(.hangul), .named(.greek), .named(.devanagari), .quoted, .named(.thai), .ipv6, .temporary,
        .named(.georgian),
    ]

    /// Bots are few, and busy: nearly half of the hundred busiest users.
    static func isBot(_ rank: Int) -> Bool {
        rank < 128 ? rank % 2 == 0 : rank % 16 == 0 && rank % 3 == 0
    }

    static func name(of rank: Int) -> String {
        let number = rank / sorts.count
        if isBot(rank) {
            return twoWords(of: .latin, number: rank, separator: "") + "Bot"
        }
        // Who is not logged in changes little: none of the busiest is an address.
        let sort = rank < 64 ? Sort.named(Script.allCases[rank % Script.allCases.count]) : sorts[rank % sorts.count]
        switch sort {
        case .named(let script):
            return twoWords(of: script, number: rank, separator: script.rawValue <= Script.armenian.rawValue ? "" : " ")
        case .quoted:
            return twoWords(of: .latin, number: rank, separator: " \"The Editor\" ")
        case .ipv4:
            // Addresses that belong to nobody (RFC 1918, RFC 3849).
            return "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        case .ipv6:
            let halves = [number >> 16, number & 0xFFFF].map { String($0, radix: 16, uppercase: true) }
            return "2001:DB8:0:0:\(halves[0]):\(halves[1]):0:1"
        case .temporary:
            return "~2026-\(10_000 + number)-\(number * 37 % 90 + 10)"
        }
    }

    /// Two words for the number's last digits, in base "how many words there are", and what is left as a number.
    private static func twoWords(of script: Script, number: Int, separator: String) -> String {
        let words = script.words
        let (first, second) = (words[number * 5 % words.count], words[number / words.count % words.count])
        let rest = number / words.count / words.count
        return "\(first)\(separator)\(second)\(rest == 0 ? "" : String(rest))"
    }
}

/// The words that titles and comments are made of.
struct TextTable: Sendable {
    private let words: [Word]
    /// Where in `words` those of a script are.
    private let ranges: [Range<Int>]
    /// What makes a text hard to read for a parser: escapes, characters beyond the first plane, marks of direction.
    private let oddities: [Word]
    /// What a huge comment is filled with.
    let filler: Word
    private let pageRanks = ZipfTable(count: 500_000, exponent: 1.2, offset: 4)

    init(fragments: inout Fragments) {
        var words: [Word] = []
        ranges = Script.allCases.map { script in
            let start = words.count
            words += script.words.map { Word($0, in: &fragments) }
            return start..<words.count
        }
        self.words = words
        let texts = [
            "\u{1F600}", "é", "\u{1D11E}", "\u{200E}", "\t", "\\o/", "\"so-called\"", "<nowiki>", "line\nbreak",
            "\u{1}", "/* */", "🏳️‍🌈",
        ]
        oddities = texts.enumerated().map { Word($1, escapesAll: $0 < 4, in: &fragments) }
        filler = Word(
            String(repeating: Script.allCases.map { $0.words[0] }.joined(separator: ", ") + "; ", count: 8),
            in: &fragments)
    }

    func word(_ script: Script, _ random: inout RandomBits) -> Word {
        let range = ranges[script.rawValue]
        return words[range.lowerBound + random.next(below: range.count)]
    }

    func oddity(_ random: inout RandomBits) -> Word {
        oddities[random.next(below: oddities.count)]
    }

    /// A page of the site: popular ones come again and again.
    func page(of site: SiteTable.Site, namespace: Page.Namespace, _ random: inout RandomBits) -> Page {
        let rank = pageRanks.rank(random.next())
        let range = ranges[site.script.rawValue]
        return Page(
            namespace: namespace, first: words[range.lowerBound + rank * 5 % range.count],
            second: words[range.lowerBound + rank / range.count % range.count],
            number: namespace == .item ? rank : rank / range.count / range.count)
    }
}

/// A page by its title: a namespace, two words, and a number that the first pages do without.
struct Page: Sendable {
    enum Namespace: Int, Sendable {
        case article = 0
        case user = 2
        case userTalk = 3
        case project = 4
        case file = 6
        case category = 14
        /// An item of Wikidata: an article whose title is Q and a number.
        case item = -2
        case topic = 2600

        /// As in the `namespace` member.
        var number: Int { self == .item ? 0 : rawValue }

        fileprivate var prefix: StaticString {
            switch self {
            case .article, .item: ""
            case .user: "User:"
            case .userTalk: "User talk:"
            case .project: "Project:"
            case .file: "File:"
            case .category: "Category:"
            case .topic: "Topic:"
            }
        }

        fileprivate var prefixInPath: StaticString { self == .userTalk ? "User_talk:" : prefix }
    }

    let namespace: Namespace
    let first: Word
    let second: Word
    let number: Int
}

extension FrameBuffer {
    /// Inside a JSON string.
    mutating func putTitle(_ page: Page) {
        put(page.namespace.prefix)
        putBody(page, first: page.first.plain, second: page.second.plain, space: " ")
    }

    /// In a URL.
    mutating func putPath(_ page: Page) {
        put(page.namespace.prefixInPath)
        putBody(page, first: page.first.path, second: page.second.path, space: "_")
    }

    /// As HTML, inside a JSON string.
    mutating func putHTMLTitle(_ page: Page) {
        put(page.namespace.prefix)
        putBody(page, first: page.first.html, second: page.second.html, space: " ")
    }

    /// Words first, as the case demands: `First second`, `First second (12)`, `First second 012.jpg`, `Q123`.
    private mutating func putBody(_ page: Page, first: Fragment, second: Fragment, space: StaticString) {
        if page.namespace == .item {
            put("Q")
            put(1000 + page.number * 37)
            return
        }
        put(first)
        put(space)
        put(second)
        if page.namespace == .file {
            put(space)
            put(100 + page.number)
            put(".jpg")
        } else if page.number > 0 {
            put(space)
            put("(")
            put(page.number)
            put(")")
        }
    }
}

/// An edit summary. It is written more than once in an event, in different forms, and must be the same each time: so it holds
/// the state of the random numbers that it is made from, and every writing begins there.
struct Comment {
    enum Form {
        /// As the user wrote it: wikitext.
        case plain
        /// As `parsedcomment` has it: links and sections made into HTML.
        case html
    }

    let page: Page
    let site: SiteTable.Site
    let style: Style
    let isHuge: Bool
    let random: RandomBits

    enum Style {
        /// `/* Section */ text`
        case section
        /// `text [[Page]] text`
        case link
        case text
        /// Text with something in it that a parser may trip over.
        case odd
        case empty
        /// `/* wbsetclaim-create:2||1 */ [[Property:P1]]: [[Q1]]`, as Wikidata's interface writes it.
        case claim
        /// `[[:Page]] added to category`
        case category
    }

    init(_ kind: Change.Kind, page: Page, site: SiteTable.Site, isHuge: Bool, random: inout RandomBits) {
        let draw = random.next(below: 16)
        style =
            switch (kind, draw) {
            case (.categorize, _): .category
            case (.edit, ..<13) where page.namespace == .item: .claim
            case (_, ..<5): .section
            case (_, ..<8): .link
            case (_, ..<14): .text
            case (_, ..<15): .odd
            default: .empty
            }
        self.page = page
        self.site = site
        self.isHuge = isHuge
        self.random = RandomBits(following: &random)
    }
}

extension FrameBuffer {
    mutating func put(_ comment: Comment, as form: Comment.Form, texts: TextTable) {
        var random = comment.random
        switch comment.style {
        case .section:
            putSection(texts.word(comment.site.script, &random), of: comment.page, as: form)
            put(" ")
            putWords(2, comment, as: form, texts, &random)
        case .link:
            putWords(3, comment, as: form, texts, &random)
            put(" ")
            putLink(to: texts.page(of: comment.site, namespace: .article, &random), as: form, colon: "")
            put(" ")
            putWords(2, comment, as: form, texts, &random)
        case .text:
            putWords(5, comment, as: form, texts, &random)
        case .odd:
            putWords(2, comment, as: form, texts, &random)
            put(" ")
            put(texts.oddity(&random), as: form)
            put(" ")
            putWords(2, comment, as: form, texts, &random)
        case .empty:
            break
        case .claim:
            putClaim(property: random.next(below: 13_000), item: random.next(below: 130_000_000), as: form)
        case .category:
            putLink(
                to: texts.page(of: comment.site, namespace: comment.site.kind == .files ? .file : .article, &random),
                as: form, colon: ":")
            put(random.next(below: 2) == 0 ? " added to category" : " removed from category")
        }
        if comment.isHuge {
            let count = UInt32(150_000 + random.next(below: 150_000))
            for _ in 0..<(count / texts.filler.plain.count + 1) { put(texts.filler, as: form) }
        }
    }

    private mutating func put(_ word: Word, as form: Comment.Form) {
        put(form == .plain ? word.plain : word.html)
    }

    /// At least so many words, at most three times as many.
    private mutating func putWords(
        _ countMin: Int, _ comment: Comment, as form: Comment.Form, _ texts: TextTable, _ random: inout RandomBits
    ) {
        for index in 0..<(countMin + random.next(below: 2 * countMin + 1)) {
            if index > 0 { put(" ") }
            put(texts.word(comment.site.script, &random), as: form)
        }
    }

    private mutating func putSection(_ section: Word, of page: Page, as form: Comment.Form) {
        guard form == .html else {
            put("/* ")
            put(section.plain)
            put(" */")
            return
        }
        put(#"<span class=\"autocomment\"><a href=\"/wiki/"#)
        putPath(page)
        put("#")
        put(section.path)
        put(#"\" title=\""#)
        putHTMLTitle(page)
        // An arrow, and a mark that keeps the text after it from left to right.
        put("\\\">→\u{200E}<bdi dir=\\\"ltr\\\">")
        put(section.html)
        put("</bdi></a></span>")
    }

    private mutating func putLink(to page: Page, as form: Comment.Form, colon: StaticString) {
        guard form == .html else {
            put("[[")
            put(colon)
            putTitle(page)
            put("]]")
            return
        }
        put(#"<a href=\"/wiki/"#)
        putPath(page)
        put(#"\" title=\""#)
        putHTMLTitle(page)
        put(#"\">"#)
        putHTMLTitle(page)
        put("</a>")
    }

    private mutating func putClaim(property: Int, item: Int, as form: Comment.Form) {
        guard form == .html else {
            put("/* wbsetclaim-create:2||1 */ [[Property:P")
            put(property)
            put("]]: [[Q")
            put(item)
            put("]]")
            return
        }
        put(#"<span dir=\"auto\"><span class=\"autocomment\">Created claim: </span></span> <a href=\"/wiki/Property:P"#)
        put(property)
        put(#"\" title=\"Property:P"#)
        put(property)
        put(#"\">Property:P"#)
        put(property)
        put(#"</a>: <a href=\"/wiki/Q"#)
        put(item)
        put(#"\" title=\"Q"#)
        put(item)
        put(#"\">Q"#)
        put(item)
        put("</a>")
    }
}

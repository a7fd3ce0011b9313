// The JSON of an event, member by member in the order in which Wikimedia's servers write them.

extension FrameBuffer {
    mutating func putChange(at index: Int, of stream: SimulatedStream) {
        let change = stream.change(at: index)
        var random = RandomBits(seed: stream.settings.seed, purpose: .text, index: index)
        let site = stream.sites.sites[change.site]
        let user = stream.users.name(change.user)
        let timestamp = stream.timeline.timestamp(of: index)
        let time = CalendarTime(milliseconds: timestamp)
        let entry = change.kind == .log ? LogEntry(&random) : nil
        let namespace = entry?.namespace ?? Page.Namespace(of: change.kind, on: site, &random)
        let page = stream.texts.page(of: site, namespace: namespace, &random)
        let comment = Comment(change.kind, page: page, site: site, isHuge: stream.isHuge(at: index), random: &random)
        let old = random.next(below: 1_000_000_000)
        let new = 1_200_000_000 + index

        put(#"{"$schema":"/mediawiki/recentchange/1.0.0","meta":{"uri":""#)
        putURL(of: page, on: site)
        put(#"","request_id":""#)
        putUUID(random.next(), random.next())
        put(#"","id":""#)
        putUUID(stream.uniqueBits(of: .change, at: index), random.next())
        put(#"","domain":""#)
        put(site.domain)
        put(#"","#)
        putMeta(of: .change, at: index, time: time, of: stream)

        if entry?.hasID ?? true {
            put(#","id":"#)
            put(2_000_000_000 + index)
        }
        putKind(change.kind)
        put(page.namespace.number)
        put(#","title":""#)
        putTitle(page)
        put(#"","title_url":""#)
        putURL(of: page, on: site)
        put(#"","comment":""#)
        put(comment, as: .plain, texts: stream.texts)
        put(#"","timestamp":"#)
        put(timestamp / 1000 - random.next(below: 2))
        put(#","user":""#)
        put(user)
        put(stream.users.isBot(change.user) ? #"","bot":true"# : #"","bot":false"#)

        if let entry {
            put(entry, number: 1_000_000 + old, user: user, time: time, comment: comment, texts: stream.texts)
        } else {
            putNotifyURL(change.kind, on: site, index: index, old: old, new: new)
        }
        if change.kind == .edit || change.kind == .new {
            putRevision(isNew: change.kind == .new, old: old, new: new, bits: random.next())
        }

        put(site.tail)
        put(#","parsedcomment":""#)
        put(comment, as: .html, texts: stream.texts)
        put(#""}"#)
    }

    /// `$schema` and `meta` alone, for a domain that is none: made by Wikimedia's monitoring, to be discarded.
    mutating func putCanary(at index: Int, of stream: SimulatedStream) {
        var random = RandomBits(seed: stream.settings.seed, purpose: .text, index: -1 - index)
        put(#"{"$schema":"/mediawiki/recentchange/1.0.0","meta":{"request_id":""#)
        putUUID(random.next(), random.next())
        put(#"","id":""#)
        putUUID(stream.uniqueBits(of: .canary, at: index), random.next())
        put(#"","domain":"canary","#)
        putMeta(
            of: .canary, at: index, time: CalendarTime(milliseconds: stream.timeline.timestamp(of: index)), of: stream)
        put("}")
    }

    /// Data that is no JSON, in one of four ways; none of them has a line break in it.
    mutating func putMalformed(at index: Int, of stream: SimulatedStream) {
        let start = count
        switch (index + 1) / stream.settings.malformedEvery % 4 {
        case 0:
            // Cut off somewhere, perhaps within a character.
            putChange(at: index, of: stream)
            truncate(to: start + (count - start) / 3)
        case 1:
            putChange(at: index, of: stream)
            put("}")
        case 2:
            put(#"{"meta":{"domain":"not UTF-8: "#)
            putByte(0xC3)
            putByte(0x28)
            put(#""}}"#)
        default:
            put("upstream connect error or disconnect/reset before headers")
        }
    }

    // MARK: Parts

    private mutating func putURL(of page: Page, on site: SiteTable.Site) {
        put("https://")
        put(site.domain)
        put("/wiki/")
        putPath(page)
    }

    /// The members of `meta` from `stream` to its end.
    private mutating func putMeta(
        of item: SimulatedStream.Item, at index: Int, time: CalendarTime, of stream: SimulatedStream
    ) {
        put(#""stream":"mediawiki.recentchange","dt":""#)
        putISO8601(time)
        switch stream.topic(of: item, at: index) {
        case .eqiad: put(#"","topic":"eqiad.mediawiki.recentchange","partition":0,"offset":"#)
        case .codfw: put(#"","topic":"codfw.mediawiki.recentchange","partition":0,"offset":"#)
        }
        put(SimulatedStream.offset(of: item, at: index))
        put("}")
    }

    /// `type`, and the name of `namespace`.
    private mutating func putKind(_ kind: Change.Kind) {
        switch kind {
        case .edit: put(#","type":"edit","namespace":"#)
        case .categorize: put(#","type":"categorize","namespace":"#)
        case .log: put(#","type":"log","namespace":"#)
        case .new: put(#","type":"new","namespace":"#)
        case .flow: put(#","type":"142","namespace":"#)
        }
    }

    private mutating func putNotifyURL(_ kind: Change.Kind, on site: SiteTable.Site, index: Int, old: Int, new: Int) {
        put(#","notify_url":"https://"#)
        put(site.domain)
        put("/w/index.php?")
        if kind == .edit || kind == .categorize {
            put("diff=")
            put(new)
            put("&oldid=")
            put(old)
        } else {
            put("oldid=")
            put(new)
        }
        put("&rcid=")
        put(2_000_000_000 + index)
        put("\"")
    }

    /// From `minor` to `revision`. A new page has no old length and no old revision.
    private mutating func putRevision(isNew: Bool, old: Int, new: Int, bits: UInt64) {
        put(bits & 15 == 0 ? #","minor":true"# : #","minor":false"#)
        if bits >> 4 & 1 == 0 { put(bits >> 5 & 7 == 0 ? #","patrolled":false"# : #","patrolled":true"#) }
        let oldLength = Int(bits >> 8 & 0xFFFF)
        put(#","length":{"#)
        if !isNew {
            put(#""old":"#)
            put(oldLength)
            put(",")
        }
        put(#""new":"#)
        put(oldLength + Int(bits >> 32 & 0x3FF))
        put(#"},"revision":{"#)
        if !isNew {
            put(#""old":"#)
            put(old)
            put(",")
        }
        put(#""new":"#)
        put(new)
        put("}")
    }

    /// A UUID of version 4 (RFC 9562 §5.4). All 64 bits of `bits` are in it, so it is as unique as they are.
    private mutating func putUUID(_ bits: UInt64, _ more: UInt64) {
        let middle = UInt32(truncatingIfNeeded: bits)
        putHex(UInt32(bits >> 32))
        put("-")
        putHyphenatedHex(middle & 0xFFFF_0FFF | 0x4000)
        put("-")
        putHyphenatedHex(UInt32(truncatingIfNeeded: more >> 32) & 0x3FFF_FFFF | 0x8000_0000)
        // What the version has displaced goes to the end.
        putHex(UInt32(truncatingIfNeeded: more) & 0xFFFF_FFF0 | middle >> 12 & 0xF)
    }
}

extension SimulatedStream {
    /// 64 bits that no other event and no canary has.
    fileprivate func uniqueBits(of item: Item, at index: Int) -> UInt64 {
        RandomBits.scramble(UInt64(Self.offset(of: item, at: index)) ^ RandomBits.scramble(settings.seed))
    }
}

extension Page.Namespace {
    fileprivate init(of kind: Change.Kind, on site: SiteTable.Site, _ random: inout RandomBits) {
        self =
            switch (kind, site.kind, random.next(below: 16)) {
            case (.categorize, _, _): .category
            case (.flow, _, _): .topic
            case (_, .files, ..<12): .file
            case (_, .items, _): .item
            case (_, _, ..<13): .article
            case (_, _, 13): .user
            case (_, _, 14): .userTalk
            default: .project
            }
    }
}

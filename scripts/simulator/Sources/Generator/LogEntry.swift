/// What a `log` event is about: an action, with parameters in a shape of its own.
enum LogEntry {
    case abuseFilter, upload, delete, patrol, newUser, block, move, thanks

    /// In the shares of the recorded events.
    init(_ random: inout RandomBits) {
        switch random.next(below: 100) {
        case ..<35: self = .abuseFilter
        case ..<61: self = .upload
        case ..<75: self = .delete
        case ..<86: self = .patrol
        case ..<91: self = .newUser
        case ..<95: self = .block
        case ..<98: self = .move
        default: self = .thanks
        }
    }

    /// Only what shows up in the list of recent changes has an `id`.
    var hasID: Bool {
        switch self {
        case .abuseFilter, .patrol, .thanks: false
        case .upload, .delete, .newUser, .block, .move: true
        }
    }

    var namespace: Page.Namespace {
        switch self {
        case .abuseFilter, .patrol, .delete, .move: .article
        case .upload: .file
        case .newUser, .block, .thanks: .user
        }
    }

    fileprivate var typeAndAction: StaticString {
        switch self {
        case .abuseFilter: #""log_type":"abusefilter","log_action":"hit""#
        case .upload: #""log_type":"upload","log_action":"upload""#
        case .delete: #""log_type":"delete","log_action":"delete""#
        case .patrol: #""log_type":"patrol","log_action":"patrol""#
        case .newUser: #""log_type":"newusers","log_action":"create""#
        case .block: #""log_type":"block","log_action":"block""#
        case .move: #""log_type":"move","log_action":"move""#
        case .thanks: #""log_type":"thanks","log_action":"thank""#
        }
    }
}

extension FrameBuffer {
    /// From `log_id` to `log_action_comment`, with a comma before.
    mutating func put(
        _ entry: LogEntry, number: Int, user: Fragment, time: CalendarTime, comment: Comment, texts: TextTable
    ) {
        put(#","log_id":"#)
        put(entry == .abuseFilter ? 0 : 80_000_000 + number)
        put(",")
        put(entry.typeAndAction)
        put(#","log_params":"#)
        putParameters(of: entry, number: number, time: time, page: comment.page)
        put(#","log_action_comment":""#)
        putActionComment(of: entry, number: number, user: user, comment: comment, texts: texts)
        put("\"")
    }

    private mutating func putParameters(of entry: LogEntry, number: Int, time: CalendarTime, page: Page) {
        switch entry {
        case .abuseFilter:
            put(#"{"action":"edit","filter":"17","actions":"tag","log":"#)
            put(number)
            put("}")
        case .upload:
            put(#"{"img_sha1":""#)
            for part in 0..<4 { putHex(UInt32(truncatingIfNeeded: RandomBits.scramble(UInt64(number + part)))) }
            put(#"","img_timestamp":""#)
            putDatabaseTime(time)
            put(#""}"#)
        case .delete, .thanks:
            put("[]")
        case .patrol:
            put(#"{"curid":""#)
            put(number)
            put(#"","previd":""#)
            put(number / 2)
            put(#"","auto":0}"#)
        case .newUser:
            put(#"{"userid":"#)
            put(number)
            put("}")
        case .block:
            put(#"{"duration":"1 day","flags":"anononly,nocreate","sitewide":true}"#)
        case .move:
            put(#"{"target":""#)
            putTitle(page)
            put(#" (new)","noredir":"1"}"#)
        }
    }

    private mutating func putActionComment(
        of entry: LogEntry, number: Int, user: Fragment, comment: Comment, texts: TextTable
    ) {
        switch entry {
        case .abuseFilter:
            put(user)
            put(#" triggered [[Special:AbuseFilter/17|filter 17]], performing the action \"edit\" on [["#)
            putTitle(comment.page)
            put("]]. Actions taken: Tag ([[Special:AbuseLog/")
            put(number)
            put("|details]])")
            return
        case .patrol:
            put("marked revision ")
            put(number)
            put(" of [[")
            putTitle(comment.page)
            put("]] patrolled ")
            return
        case .newUser:
            put("New user account")
            return
        case .upload: put("uploaded &quot;[[")
        case .delete: put("deleted &quot;[[")
        case .block: put("blocked &quot;[[")
        case .move: put("moved &quot;[[")
        case .thanks: put("thanked &quot;[[")
        }
        putTitle(comment.page)
        put("]]&quot;: ")
        put(comment, as: .plain, texts: texts)
    }
}

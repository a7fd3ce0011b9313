private import Glibc

/// The wikis: some 800, as Wikimedia has them, each with the share of the events that it has there, roughly.
struct SiteTable: Sendable {
    /// No string in it, and no array: copying one is copying bytes.
    struct Site: Sendable {
        let script: Script
        let kind: Kind
        /// `ko.wikipedia.org`, which is also its `server_name`.
        let domain: Fragment
        /// The members from `server_url` to `wiki`, which are the same in all its events.
        let tail: Fragment
    }

    /// What is edited there, where that is not pages with a title in the wiki's language.
    enum Kind: Sendable {
        case pages, files, items
    }

    let sites: [Site]
    /// A site for each possible draw: as many entries as its share is large, at least one.
    private let draws: [UInt16]

    private static let drawCount = 1 << 14

    init(fragments: inout Fragments) {
        var sites: [Site] = []
        var weights: [Double] = []
        func add(
            _ domain: String, database: String, _ script: Script, _ kind: Kind = .pages, weight: Double,
            _ fragments: inout Fragments
        ) {
            let tail =
                #","server_url":"https://\#(domain)","server_name":"\#(domain)","server_script_path":"/w","wiki":"\#(database)""#
            sites.append(
                Site(script: script, kind: kind, domain: fragments.add(domain), tail: fragments.add(tail)))
            weights.append(weight)
        }
        add("commons.wikimedia.org", database: "commonswiki", .latin, .files, weight: 2.0, &fragments)
        add("www.wikidata.org", database: "wikidatawiki", .latin, .items, weight: 1.8, &fragments)
        for (name, database) in Self.others {
            add(name, database: database, .latin, weight: 0.01, &fragments)
        }
        for project in Self.projects {
            for (rank, language) in Self.languages.prefix(project.languageCount).enumerated() {
                let database = String(language.code.map { $0 == "-" ? "_" : $0 }) + project.databaseSuffix
                let weight = project.weight / pow(Double(rank + 1), 1.3)
                add(
                    "\(language.code).\(project.domain)", database: database, language.script, weight: weight,
                    &fragments)
            }
        }
        self.sites = sites

        let total = weights.reduce(0, +)
        var draws: [UInt16] = []
        var sum = 0.0
        for (site, weight) in weights.enumerated() {
            sum += weight
            // A site further back may need an entry that its weight alone would not give it.
            let end = min(Int(sum / total * Double(Self.drawCount)), Self.drawCount - (weights.count - 1 - site))
            let count = max(1, end - draws.count)
            draws.append(contentsOf: repeatElement(UInt16(site), count: count))
        }
        self.draws = Array(draws.prefix(Self.drawCount))
        precondition(self.draws.count == Self.drawCount && draws.last == UInt16(sites.count - 1))
    }

    /// - Parameter bits: 14 random bits.
    func draw(_ bits: UInt64) -> Int {
        Int(draws[Int(bits) & (Self.drawCount - 1)])
    }

    private static let others = [
        ("meta.wikimedia.org", "metawiki"), ("species.wikimedia.org", "specieswiki"),
        ("www.mediawiki.org", "mediawikiwiki"),
        ("incubator.wikimedia.org", "incubatorwiki"), ("outreach.wikimedia.org", "outreachwiki"),
        ("wikitech.wikimedia.org", "labswiki"),
        ("www.wikifunctions.org", "wikifunctionswiki"), ("foundation.wikimedia.org", "foundationwiki"),
    ]

    private static let projects: [(domain: String, databaseSuffix: String, languageCount: Int, weight: Double)] = [
        ("wikipedia.org", "wiki", 297, 1.0), ("wiktionary.org", "wiktionary", 180, 0.12),
        ("wikisource.org", "wikisource", 80, 0.06),
        ("wikiquote.org", "wikiquote", 80, 0.02), ("wikibooks.org", "wikibooks", 75, 0.02),
        ("wikinews.org", "wikinews", 30, 0.02),
        ("wikivoyage.org", "wikivoyage", 25, 0.02), ("wikiversity.org", "wikiversity", 17, 0.01),
    ]

    /// The codes of the languages, those with the most edits first.
    private static let languages: [(code: String, script: Script)] = {
        let busiest =
            "en fr de es ru ja it zh vi fa ar pt pl uk he nl sv ko id tr cs ca hu fi no ro el th ce sr hy bn ta hi ka"
        let rest = """
            ceb war arz sh eu zh-min-nan ms eo da bg simple sk et azb be min hr lt gl ur az sl lld kk nn la ast lv af tg my te sq mr mg bs \
            oc be-tarask br sw ky ml nds jv lmo ku pnb new ht vec lb ckb ba su ga szl is cv pa fy io tl an wuu yo ne diq gu kn als ia scn \
            bar avk crh bat-smg qu mn sco nv os si ilo mzn ig frr am bug gd sd xmf hsb yi bcl mai sa sah map-bms hif fo mhr pam ace bjn \
            mrj vls li gor nap dag shn nah roa-tara km glk wa rue so hak zea kw ie cdo co mnw nso bh tk hyw ay lg vep nqo za st myv \
            kab kv gv udm csb lez bo ug stq pcd gag lij lo mt av cbk-zam dty frp ha rw kbp olo pag nds-nl rm lfn ext ab ff gan eml \
            as or haw mdf szy sc pfl zh-yue zh-classical ps lad krc tw sn bxr tyv xal ks cr inh dv om ts ve ss tn ti to tpi srn din lbe \
            rn ki pnt xh chr zu ny tum ak bm ik sg iu ch pi bi sm wo na ln arc jbo tet fj got gn ty roa-rup rmy pih dz ee kg ksh \
            kl ang jam kaa atj awa mni skr ary blk guw gcr smn trv shi alt nia mad ann ban pwn dga igl tly kcg gur bbc btm fon
            """
        return (busiest + " " + rest).split(separator: " ").map { (String($0), script(of: String($0))) }
    }()

    private static func script(of language: String) -> Script {
        for (script, languages) in scripts where languages.split(separator: " ").contains(where: { $0 == language }) {
            return script
        }
        return .latin
    }

    private static let scripts: [(Script, String)] = [
        (.accented, "fr de es it vi pt pl sv tr cs ca hu fi no ro sk et lt lv az hr sl is fo nn oc br ga cy lb"),
        (
            .cyrillic,
            "ru uk be be-tarask bg sr mk kk ky tg ce cv ba sah mn os mhr mrj udm myv kv av lez tyv rue mdf krc ab inh bxr xal lbe"
        ),
        (.greek, "el pnt"), (.armenian, "hy hyw"), (.georgian, "ka xmf"), (.hebrew, "he yi lad"),
        (.arabic, "ar fa arz azb ur pnb ckb sd ps ug mzn glk ks skr ary"),
        (.devanagari, "hi mr ne new mai sa bh dty awa"),
        (.bengali, "bn as"), (.tamil, "ta"), (.thai, "th"), (.hangul, "ko"), (.japanese, "ja"),
        (.han, "zh zh-yue zh-classical wuu gan"),
    ]
}

/// A stream of changes as Wikimedia's, made up: event number `i` is a function of the seed and of `i`, and of nothing else.
///
/// So nothing is stored, a client can begin anywhere, and two programs with one seed have the same stream, to the byte.
package struct SimulatedStream: Sendable {
    package struct Settings: Sendable {
        package var seed: UInt64 = 1
        /// Users there are; how many occur depends on how many events there are.
        package var userCount = 100_000
        /// When event 0 was, in milliseconds since 1970.
        package var epoch = 1_767_225_600_000
        /// Events in a second of the stream's own time.
        package var eventsPerSecond = 50
        /// Every so many events one is late by up to 52 seconds. For this and the next three 0 means never.
        package var stepBackEvery = 1000
        /// After so many events there is a canary.
        package var canaryEvery = 0
        /// After so many events there is a frame whose data is broken.
        package var malformedEvery = 0
        /// Every so many events one has several hundred kilobytes.
        package var hugeEvery = 0
        /// After so many events the other data centre may take over.
        package var topicStretch = 50_000

        package init() {}
    }

    package let settings: Settings
    let timeline: Timeline
    let fragments: Fragments
    let sites: SiteTable
    let users: UserTable
    let texts: TextTable
    private let userRanks: ZipfTable

    package init(_ settings: Settings) {
        self.settings = settings
        timeline = Timeline(
            seed: settings.seed, epoch: settings.epoch, eventsPerSecond: settings.eventsPerSecond,
            stepBackEvery: settings.stepBackEvery, topicStretch: settings.topicStretch)
        var fragments = Fragments()
        sites = SiteTable(fragments: &fragments)
        users = UserTable(count: settings.userCount, fragments: &fragments)
        texts = TextTable(fragments: &fragments)
        fragments.pad()
        self.fragments = fragments
        userRanks = ZipfTable(count: settings.userCount, exponent: 1.5, offset: 4)
    }

    func change(at index: Int) -> Change {
        var random = RandomBits(seed: settings.seed, purpose: .change, index: index)
        let bits = random.next()
        return Change(kind: Change.Kind(bits), site: sites.draw(bits >> 10), user: userRanks.rank(bits >> 24))
    }

    /// The number of the first event that has not happened at `time`, in milliseconds since 1970.
    package func index(at time: Int) -> Int {
        max(0, (time - settings.epoch) * settings.eventsPerSecond / 1000)
    }

    // MARK: What else is sent

    /// What there can be in the stream at the place of one event, in this order.
    enum Item: Int, CaseIterable {
        case change, canary, malformed
    }

    /// The Kafka offset: there is room for one of each item at each event.
    static func offset(of item: Item, at index: Int) -> Int { index * 4 + item.rawValue }

    func has(_ item: Item, at index: Int) -> Bool {
        switch item {
        case .change: true
        case .canary: Self.isMultiple(index + 1, of: settings.canaryEvery)
        case .malformed: Self.isMultiple(index + 1, of: settings.malformedEvery)
        }
    }

    func isHuge(at index: Int) -> Bool {
        Self.isMultiple(index + 1, of: settings.hugeEvery)
    }

    /// Canaries show that a topic is alive, so every other one goes to the data centre that rests.
    func topic(of item: Item, at index: Int) -> SourceTopic {
        let active = timeline.topic(of: index)
        return item == .canary && (index + 1) / settings.canaryEvery % 2 == 0 ? active.other : active
    }

    private static func isMultiple(_ number: Int, of period: Int) -> Bool {
        period > 0 && number % period == 0
    }
}

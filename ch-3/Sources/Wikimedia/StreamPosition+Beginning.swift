extension StreamPosition {
    /// Where to continue a stream whose first event this is, as if nothing had been seen yet: it brings this event again, and
    /// all that came after it.
    ///
    /// What came before it does not come, but for what has the same timestamp or a later one.
    package init(before event: EventIdentity, at positions: [SourcePosition]?) {
        self.init()
        _ = admit(event, at: positions)
        histories = histories.mapValues { history in
            var empty = SourceHistory()
            // As much later as the stream is then rewound.
            empty.newestTimestamp = history.newestTimestamp.map { $0 + rewindMilliseconds }
            return empty
        }
    }
}

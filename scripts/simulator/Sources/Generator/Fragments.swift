/// A piece of text that is ready to be copied: its place in ``Fragments``.
struct Fragment: Sendable {
    fileprivate(set) var start: UInt32
    fileprivate(set) var count: UInt32
}

/// All prepared pieces of text, one after the other in one block of memory.
struct Fragments: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ text: some Sequence<UInt8>) -> Fragment {
        let start = bytes.count
        bytes.append(contentsOf: text)
        return Fragment(start: UInt32(start), count: UInt32(bytes.count - start))
    }

    mutating func add(_ text: String) -> Fragment {
        add(text.utf8)
    }

    /// How many bytes may be read beyond the last fragment once `pad` has been called: see ``FrameBuffer``.
    static let padding = 32

    /// Ends the building.
    mutating func pad() {
        bytes.append(contentsOf: repeatElement(0, count: Self.padding))
    }

    /// Copies a fragment's text; for tests and for building, where speed does not matter.
    func text(_ fragment: Fragment) -> String {
        String(decoding: bytes[Int(fragment.start)..<Int(fragment.start + fragment.count)], as: UTF8.self)
    }
}

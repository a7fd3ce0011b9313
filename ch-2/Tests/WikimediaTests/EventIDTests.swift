import Testing

@testable import Wikimedia

struct EventIDTests {
    @Test(arguments: [
        "59d43ae0-e4e9-4197-990d-52723364e505", "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0123456789abcdef0123456789abcdef0123", "59D43AE0-E4E9-4197-990D-52723364E505",
        "59d43ae0-e4e9-4197-990d-52723364e50",
        "59d43ae0-e4e9-4197-990d-52723364e50g", "59d43ae0e-4e9-4197-990d-52723364e505",
        "59d43ae0-e4e9-4197-990d-5272336`e505",
        "", "7", "\u{65e5}\u{672c}",
    ])
    func anIDIsGivenOutAsItCameIn(_ text: String) {
        #expect(EventID(text).description == text)
        #expect(EventID(text) == EventID(text))
    }

    @Test func idsThatDifferAnywhereAreDifferent() {
        let text = Array("59d43ae0-e4e9-4197-990d-52723364e505")
        let changed = text.indices.map { index in
            var text = text
            text[index] = text[index] == "1" ? "2" : "1"
            return EventID(String(text))
        }

        #expect(Set(changed + [EventID(String(text))]).count == text.count + 1)
    }

    @Test func manyIDsTakeLittleMemory() {
        #expect(MemoryLayout<EventID>.stride <= 24)
    }
}

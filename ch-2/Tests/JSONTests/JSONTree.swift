import JSON

/// A whole document as Swift values, to compare what two programs make of the same bytes.
indirect enum JSONTree: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .boolean(value.boolean ?? false)
        case .integer, .number: self = .number(value.number ?? .nan)
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { $0.map(JSONTree.init) } ?? [])
        case .object:
            let members = value.members.map { $0.map { (String($0.name), JSONTree($0.value)) } } ?? []
            self = .object(Dictionary(members) { _, last in last })
        }
    }
}

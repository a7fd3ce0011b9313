// Kinds of keys that came after the first.

extension ConfigurationKey<Bool> {
    package static func boolean(_ name: String, default defaultValue: Bool, summary: String) -> Self {
        Self(name, default: defaultValue, expected: "true or false", summary: summary) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        }
    }
}

extension ConfigurationKey where Value: CaseIterable & RawRepresentable<String> {
    /// One of the cases, by its name.
    package static func choice(_ name: String, default defaultValue: Value, summary: String) -> Self {
        let names = Value.allCases.map(\.rawValue).joined(separator: " or ")
        return Self(name, default: defaultValue, expected: names, summary: summary) { Value(rawValue: $0) }
    }
}

internal import CSimdJSON

/// Names of members that are looked for together. Make them once: `static let names = JSONNames("user", "bot")`.
package struct JSONNames: @unchecked Sendable {
    // `@unchecked Sendable` is right because `texts` never changes, and its pointers are to the bytes of `StaticString`s, which
    // are constants of the program. Keeping the strings instead would mean to make this array again for each object.
    let texts: [csimdjson_text]

    /// - Parameter names: at most `JSONPick.countMax`, no two the same.
    package init(_ names: StaticString...) {
        precondition(names.count <= JSONPick.countMax && Set(names.map(\.description)).count == names.count)
        texts = names.map { csimdjson_text(bytes: $0.utf8Start, count: $0.utf8CodeUnitCount) }
    }
}

/// The members of an object that some names stand for, to be taken in the order of the names.
package struct JSONPick {
    static let countMax = 16
    var values = [16 of csimdjson_value](repeating: csimdjson_value())
    private var takenCount = 0

    /// The member of the next name; `nil` if the object has none.
    package mutating func take() -> JSONValue? {
        defer { takenCount += 1 }
        return values[takenCount].document == nil ? nil : JSONValue(values[takenCount])
    }
}

/// How the values of a setting are written: read from text, shown in the help, refused with a sentence.
struct SettingForm<Value: Sendable>: Sendable {
    /// What the help calls a value: `seconds` in `--post-timeout <seconds>`.
    let placeholder: String
    /// What may be given, for the help: `0.1–60 s`; empty where the placeholder says it all.
    let range: String
    /// Reads a value. The refusal says what the text must be: `must be between 0.1 and 60 s`.
    let parse: @Sendable (String) throws(SettingRefusal) -> Value
    /// Writes a value for people: `60 s`.
    let show: @Sendable (Value) -> String
}

extension SettingForm where Value: Comparable {
    /// A form whose values have an order and limits.
    ///
    /// - Parameters:
    ///   - unit: stands after the limits: ` s`.
    ///   - expectation: what a text is told that is no such value at all.
    ///   - read: `nil` for such a text.
    static func limited(
        _ placeholder: String, unit: String = "", from lowest: Value, through highest: Value?, expectation: String,
        read: @escaping @Sendable (String) -> Value?, show: @escaping @Sendable (Value) -> String
    ) -> Self {
        let low = show(lowest)
        let high = highest.map(show)
        return Self(
            placeholder: placeholder,
            range: high.map { "\(low)–\($0)\(unit)" } ?? "\(low)\(unit) or more",
            parse: { text throws(SettingRefusal) in
                guard let value = read(text) else { throw SettingRefusal("must be \(expectation)") }
                guard value >= lowest, highest.map({ value <= $0 }) ?? true else {
                    let limits = high.map { "between \(low) and \($0)\(unit)" } ?? "\(low)\(unit) or more"
                    throw SettingRefusal("must be \(limits)")
                }
                return value
            },
            show: { show($0) + unit })
    }
}

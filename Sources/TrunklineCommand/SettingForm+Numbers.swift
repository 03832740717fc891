extension SettingForm<Duration> {
    /// Seconds, with decimals: `0.5`, `60`.
    static func seconds(from lowest: Duration, through highest: Duration? = nil) -> Self {
        .limited(
            "seconds", unit: " s", from: lowest, through: highest, expectation: "seconds, such as 0.5 or 60",
            read: { DecimalSeconds($0)?.duration }, show: { DecimalSeconds(duration: $0).description })
    }
}

extension SettingForm<Int> {
    /// A whole number.
    static func count(from lowest: Int, through highest: Int? = nil) -> Self {
        .limited(
            "count", from: lowest, through: highest, expectation: "a whole number",
            read: { Int(digits: $0) }, show: { "\($0)" })
    }

    /// Bytes, plain or in binary units: `16384`, `16KiB`, `8 MiB`.
    static func bytes(from lowest: Int, through highest: Int? = nil) -> Self {
        .limited(
            "bytes", from: lowest, through: highest, expectation: "bytes, such as 16384, 16KiB or 8MiB",
            read: { ByteSize($0)?.count }, show: { ByteSize(count: $0).description })
    }
}

extension SettingForm {
    /// Values of another form, or none; none is the default only and cannot be written.
    static func optional<Content: Sendable>(_ form: SettingForm<Content>, none: String) -> Self where Value == Content? {
        Self(
            placeholder: form.placeholder, range: form.range,
            parse: { text throws(SettingRefusal) in try form.parse(text) },
            show: { $0.map(form.show) ?? none })
    }
}

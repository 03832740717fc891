import ArgumentParser

/// One setting of the server, declared once: the flag, the environment variable, the help and the check come from here.
struct Setting<Value: Sendable>: Sendable {
    /// The name as the documents have it: `post_timeout`.
    let name: String
    /// How a value is written, read and checked.
    let form: SettingForm<Value>
    /// The value when neither flag nor variable gives one.
    let standard: Value
    /// One sentence for the help.
    let summary: String
    /// What the flag gave, as it came; not checked yet.
    private(set) var flagText: String?

    /// Declares a setting.
    init(_ name: String, _ form: SettingForm<Value>, default standard: Value, _ summary: String) {
        self.name = name
        self.form = form
        self.standard = standard
        self.summary = summary
    }

    /// The setting with the text that its flag gave.
    func given(_ text: String) -> Self {
        var setting = self
        setting.flagText = text
        return setting
    }
}

extension Setting {
    /// The line of the help: what it is, what may be given, what it is when nothing is given.
    var help: ArgumentHelp {
        let range = form.range.isEmpty ? "" : "\(form.range); "
        return ArgumentHelp("\(summary) (\(range)default: \(form.show(standard)))", valueName: form.placeholder)
    }
}

extension Option {
    /// The flag of a setting: `--post-timeout` of `post_timeout`.
    init<Content>(_ setting: Setting<Content>) where Value == Setting<Content> {
        self.init(
            wrappedValue: setting, name: .customLong(String(setting.flagName.dropFirst(2))), help: setting.help,
            transform: { setting.given($0) })
    }
}

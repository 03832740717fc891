/// Why the text of a setting was refused.
struct SettingRefusal: Error, Equatable {
    /// What the text must be, to be read after it: `must be between 0.1 and 60 s`.
    let sentence: String

    /// - Parameter sentence: begins with `must be`.
    init(_ sentence: String) {
        self.sentence = sentence
    }
}

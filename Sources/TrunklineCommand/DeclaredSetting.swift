/// A setting of any type of value, for those who ask only for its names and its flag.
protocol DeclaredSetting: Sendable {
    /// As the documents have it: `post_timeout`.
    var name: String { get }
    /// What the flag gave, if it was given.
    var flagText: String? { get }
}

extension DeclaredSetting {
    /// As the command line has it: `--post-timeout`.
    var flagName: String { "--" + name.replacing("_", with: "-") }
    /// As the environment has it: `TRUNKLINE_POST_TIMEOUT`.
    var variableName: String { "TRUNKLINE_" + name.uppercased() }
}

extension Setting: DeclaredSetting {}

import ArgumentParser
import Configuration

/// Where the settings come from: the flags, and where there is no flag the environment.
struct SettingSources {
    private let reader: ConfigReader

    /// - Parameters:
    ///   - settings: every setting, with the texts of the flags.
    ///   - environment: of the process.
    /// - Throws: a sentence that names a variable `TRUNKLINE_…` which is no setting: a misspelt one must not go unseen.
    init(of settings: [any DeclaredSetting], environment: [String: String]) throws(ValidationError) {
        let known = Set(settings.map(\.variableName))
        let unknown = environment.keys.filter { $0.hasPrefix("TRUNKLINE_") && !known.contains($0) && !Self.isForeign($0) }
        if let name = unknown.min() {
            throw ValidationError("\(name): there is no such setting; 'trunkline serve --help' lists them all")
        }
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        for setting in settings {
            guard let text = setting.flagText else { continue }
            flags[AbsoluteConfigKey(Self.key(of: setting))] = ConfigValue(.string(text), isSecret: false)
        }
        reader = ConfigReader(providers: [
            InMemoryProvider(name: "flags", values: flags),
            // An empty variable is what compose files leave of one that is not set.
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
        ])
    }

    /// The value of a setting, checked.
    ///
    /// - Throws: a sentence that names the flag or the variable, what it held and what it must hold.
    func value<Value>(of setting: Setting<Value>) throws(ValidationError) -> Value {
        guard let text = reader.string(forKey: Self.key(of: setting)) else { return setting.standard }
        do {
            return try setting.form.parse(text)
        } catch {
            let source = setting.flagText == nil ? "\(setting.variableName)=" : "\(setting.flagName) "
            throw ValidationError("\(source)\(text): \(error.sentence)")
        }
    }

    /// `trunkline.post.timeout`, which swift-configuration looks up as `TRUNKLINE_POST_TIMEOUT`.
    private static func key(of setting: some DeclaredSetting) -> ConfigKey {
        ConfigKey(["trunkline"] + setting.name.split(separator: "_").map(String.init))
    }

    /// Variables that are not meant as settings: those that Kubernetes gives each container for a service called
    /// `trunkline`, and those of this project's tests.
    private static func isForeign(_ name: String) -> Bool {
        ["TRUNKLINE_PORT_", "TRUNKLINE_SERVICE_", "TRUNKLINE_TEST_"].contains { "\(name)_".hasPrefix($0) }
    }
}

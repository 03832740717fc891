import Logging

extension SettingForm<Bool> {
    /// Yes or no.
    static var truth: Self {
        Self(
            placeholder: "true|false", range: "",
            parse: { text throws(SettingRefusal) in
                switch text.lowercased() {
                case "true", "yes", "on", "1": return true
                case "false", "no", "off", "0": return false
                default: throw SettingRefusal("must be true or false")
                }
            },
            show: { "\($0)" })
    }
}

extension SettingForm<String> {
    /// A host and a port to serve on: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
    static var address: Self {
        Self(
            placeholder: "host:port", range: "",
            parse: { text throws(SettingRefusal) in
                let refusal = SettingRefusal("must be host:port, such as 127.0.0.1:8080 or [::1]:8080")
                guard let colon = text.lastIndex(of: ":") else { throw refusal }
                let host = text[..<colon]
                let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
                guard isBracketed || !host.isEmpty && !host.contains(where: { ":[]/ ".contains($0) }) else { throw refusal }
                guard UInt16(digits: text[text.index(after: colon)...]) != nil else { throw refusal }
                return text
            },
            show: { $0 })
    }

    /// Where PostgreSQL is, in words that only libpq reads.
    static var connectionString: Self {
        Self(placeholder: "dsn", range: "", parse: { $0 }, show: { $0 })
    }
}

extension SettingForm<[String]> {
    /// Names of hosts, separated by commas; blanks between are skipped.
    static var hosts: Self {
        Self(
            placeholder: "names", range: "",
            parse: { text throws(SettingRefusal) in
                let names = text.split { $0 == "," || $0 == " " }.map(String.init)
                guard !names.contains(where: { $0.contains("/") }) else {
                    throw SettingRefusal("must be host names separated by commas, without scheme and path")
                }
                return names
            },
            show: { $0.isEmpty ? "loopback names" : $0.joined(separator: ",") })
    }
}

extension SettingForm<Logger.Level> {
    /// A level of swift-log.
    static var logLevel: Self {
        let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(
            placeholder: "level", range: names,
            parse: { text throws(SettingRefusal) in
                guard let level = Logger.Level(rawValue: text.lowercased()) else {
                    throw SettingRefusal("must be one of \(names)")
                }
                return level
            },
            show: { $0.rawValue })
    }
}

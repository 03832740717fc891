import CLibPQ

extension ConnectionParameters {
    /// Reads a DSN and fills in libpq's environment (`PGHOST`, `PGPASSWORD`, … and `PGSERVICE`) for what is absent.
    /// Corresponds to `PQconninfoParse` and `PQconndefaults`.
    ///
    /// - Parameter dsn: a conninfo string or a URI; empty for the environment alone. A value that is empty counts as absent.
    /// - Throws: a sentence for one that cannot be read, with nothing in it of what the DSN holds.
    package init(dsn: String) throws(PostgresError) {
        var words: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(dsn, &words) else {
            defer { PQfreemem(words) }
            let reason = words.map { Self.withoutQuotations($0.trimmedText) } ?? "libpq has no memory"
            throw PostgresError(message: "the database's connection string cannot be read: \(reason)")
        }
        defer { PQconninfoFree(options) }
        var parameters = ConnectionParameters(settings: Self.settings(in: options))
        // A service named here goes before the environment, and only libpq reads its file.
        if parameters["service"] == nil {
            guard let defaults = PQconndefaults() else { throw PostgresError(message: "libpq has no memory for its defaults") }
            defer { PQconninfoFree(defaults) }
            for setting in Self.settings(in: defaults) {
                parameters = parameters.settingDefault(setting.keyword, to: setting.value)
            }
        }
        if let complaint = HostList(parameters).complaint { throw PostgresError(message: complaint) }
        guard parameters["dbname"]?.contains("://") != true else {
            throw PostgresError(message: "a database's name cannot be a URI: give the URI alone")
        }
        for keyword in ["dbname", "user", "options", "application_name"] {
            guard parameters[keyword]?.lowercased().contains("password=") != true else {
                throw PostgresError(
                    message: """
                        the connection string's \(keyword) seems to hold a password: part its settings by blanks, or by & after a ? in \
                        a URI
                        """)
            }
        }
        self = parameters
    }

    /// The options with a value of their own. What is only compiled into libpq is left out, so that a default of ours can
    /// take its place.
    private static func settings(in options: UnsafeMutablePointer<PQconninfoOption>) -> [Setting] {
        var settings: [Setting] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val.map({ String(cString: $0) }), !value.isEmpty,
                value != option.pointee.compiled.map({ String(cString: $0) })
            {
                settings.append(Setting(keyword: String(cString: keyword), value: value))
            }
            option += 1
        }
        return settings
    }

    /// libpq quotes the place it stumbled over, which in a mistyped DSN may be a part of the password.
    private static func withoutQuotations(_ words: String) -> String {
        let sign = #"missing "=""#
        let begin = words.hasPrefix(sign) ? words.index(words.startIndex, offsetBy: sign.count) : words.startIndex
        guard let first = words[begin...].firstIndex(of: "\""), let last = words.lastIndex(of: "\"") else { return words }
        return words[..<first] + "\"…\"" + words[words.index(after: last)...]
    }
}

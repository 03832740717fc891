/// The settings of one attempt to connect, by libpq's keywords, or of several where the DSN names several hosts.
///
/// What neither the DSN nor libpq's environment sets is left out, and left to libpq.
package struct ConnectionParameters: Sendable, Equatable {
    /// One keyword of libpq with its value.
    package struct Setting: Sendable, Equatable {
        package let keyword: String
        package var value: String
    }

    /// All settings, each keyword once, none of them empty.
    package private(set) var settings: [Setting]

    init(settings: [Setting]) {
        self.settings = settings
    }

    /// The value of `keyword`, if it is set.
    package subscript(_ keyword: String) -> String? {
        settings.first { $0.keyword == keyword }?.value
    }

    /// A copy in which `keyword` has this value, whatever was there; an empty one takes it out.
    ///
    /// - Parameter keyword: one of libpq's; of another, connecting will complain.
    package func setting(_ keyword: String, to value: String) -> Self {
        var copy = self
        if let index = settings.firstIndex(where: { $0.keyword == keyword }) { copy.settings.remove(at: index) }
        if !value.isEmpty { copy.settings.append(Setting(keyword: keyword, value: value)) }
        return copy
    }

    /// A copy in which `keyword` has this value if neither the DSN nor the environment had set it.
    package func settingDefault(_ keyword: String, to value: String) -> Self {
        self[keyword] == nil ? setting(keyword, to: value) : self
    }

    /// One set of settings per host, in the order of the DSN: libpq would walk them inside one attempt, and a black-holed
    /// first host would eat its whole time. Without a host there is one, and so there is with a `service`, whose file only
    /// libpq reads.
    package var attempts: [ConnectionParameters] {
        let hosts = HostList(self)
        return (0..<hosts.count).map { index in
            setting("host", to: hosts.host(index)).setting("hostaddr", to: hosts.address(index))
                .setting("port", to: hosts.port(index))
        }
    }
}

extension ConnectionParameters: CustomStringConvertible {
    /// For logs: where to and as whom, never a secret.
    package var description: String {
        ["host", "hostaddr", "port", "dbname", "user", "service"].compactMap { keyword in
            self[keyword].map { "\(keyword)=\($0)" }
        }.joined(separator: " ")
    }
}

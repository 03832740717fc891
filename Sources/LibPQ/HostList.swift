/// The hosts of a DSN: lists separated by commas in `host`, `hostaddr` and `port`, by the rules of libpq.
struct HostList {
    private let hosts: [String]
    private let addresses: [String]
    private let ports: [String]

    init(_ parameters: ConnectionParameters) {
        hosts = Self.elements(of: parameters["host"])
        addresses = Self.elements(of: parameters["hostaddr"])
        ports = Self.elements(of: parameters["port"])
    }

    /// At least one: no host at all means libpq's default.
    var count: Int { max(1, hosts.count, addresses.count) }

    /// What is wrong with the lists, in libpq's words; `nil` if they fit.
    var complaint: String? {
        if !hosts.isEmpty, !addresses.isEmpty, hosts.count != addresses.count {
            return "could not match \(hosts.count) host names to \(addresses.count) hostaddr values"
        }
        // A password that holds an @ or a / spills over into what follows, and must not be repeated here.
        let advice = "in a URI, write @ and / of a password as %40 and %2F"
        if hosts.contains(where: { $0.contains("@") && !$0.hasPrefix("/") && !$0.hasPrefix("@") }) {
            return "a host name cannot hold an @; \(advice)"
        }
        // So does one that stands behind a sign which means nothing to libpq.
        if hosts.contains(where: { !$0.hasPrefix("/") && !$0.hasPrefix("@") && $0.contains(where: { ";=& ".contains($0) }) }) {
            return "a host name cannot hold any of ; = & and blanks; part the settings of a connection string by blanks"
        }
        if ports.contains(where: { !$0.isEmpty && !(1...65_535).contains(Int($0) ?? 0) }) {
            return "a port is not a number between 1 and 65535; \(advice)"
        }
        if ports.count > 1, ports.count != count { return "could not match \(ports.count) port numbers to \(count) hosts" }
        return nil
    }

    func host(_ index: Int) -> String { hosts.isEmpty ? "" : hosts[index] }

    func address(_ index: Int) -> String { addresses.isEmpty ? "" : addresses[index] }

    /// A single port is that of every host.
    func port(_ index: Int) -> String {
        guard let first = ports.first else { return "" }
        return ports.count == 1 ? first : ports[index]
    }

    private static func elements(of list: String?) -> [String] {
        list.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }
}

/// A PostgreSQL at the other end of a link whose packets can be dropped.
///
/// The server and the tests are at the near end, in the network of the machine; PostgreSQL is at the far end, in one of its
/// own, where the rules are. Other labs and other runs have other links and addresses.
package final class NetworkLab: Sendable {
    /// Which packets between the server and PostgreSQL are dropped.
    package enum Direction: Sendable {
        case both
        case towardsPostgres
        case towardsServer
    }

    /// The address of this end.
    package let near: String
    /// The address of PostgreSQL's end, on which every question for a name is dropped at all times.
    package let far: String
    private let network: NetworkNamespace
    private let link: String
    private static let namelessRule = "udp dport 53 drop"

    /// Does something with a new lab, and removes the lab however that ends.
    package static func use<Value: Sendable>(
        _ body: @Sendable (NetworkLab) async throws -> Value
    ) async throws -> Value {
        let lab = try await offPool { try NetworkLab() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(lab))
        } catch {
            result = .failure(error)
        }
        try await offPool { try lab.remove() }
        return try result.get()
    }

    private init() throws {
        network = try NetworkNamespace()
        // From the range of RFC 2544, for tests of networks: nobody has it in life. Four addresses for each process number.
        let first = (Int(network.pid) % 32_768) * 4
        func address(_ offset: Int) -> String { "198.\(18 + first >> 16).\(first >> 8 & 255).\(first & 255 | offset)" }
        near = address(1)
        far = address(2)
        link = "trunkline\(String(network.pid, radix: 36))"
        try Self.ip("link", "add", link, "type", "veth", "peer", "name", "far", "netns", String(network.pid))
        try Self.ip("address", "add", "\(near)/30", "dev", link)
        try Self.ip("link", "set", link, "up")
        try network.ip("address", "add", "\(far)/30", "dev", "far")
        try network.ip("link", "set", "far", "up")
        try heal()
    }

    /// Makes a cluster at the far end, which is reached by TCP from the near one, and by its socket for the tests' own use.
    package func makeCluster(settings: [String: String] = [:]) throws -> PostgresCluster {
        let cluster = try PostgresCluster(
            listensOnTCP: true, settings: settings.merging(["listen_addresses": far]) { $1 }, launcher: network.launcher)
        try cluster.setAuthentication(["local all all trust", "local replication all trust", "host all all \(near)/32 trust"])
        return cluster
    }

    /// The connection string of a database of such a cluster, through the link.
    ///
    /// - Parameter host: a name of the far end; `nil` for its address.
    package func conninfo(_ cluster: PostgresCluster, database: String, host: String? = nil) throws -> String {
        guard let port = cluster.port else { throw TestSupportError("this cluster does not listen on TCP") }
        return "host=\(host ?? far) port=\(port) dbname=\(database) user=postgres"
    }

    /// Drops every packet of these directions from now on, without a word to anybody.
    ///
    /// - Parameter port: the near port of one connection; `nil` for all.
    package func drop(_ direction: Direction, port: UInt16? = nil) throws {
        let incoming = port.map { "tcp sport \($0)" } ?? ""
        let outgoing = port.map { "tcp dport \($0)" } ?? ""
        try setRules(
            incoming: direction == .towardsServer ? "" : "iif far \(incoming) drop",
            outgoing: direction == .towardsPostgres ? "" : "oif far \(outgoing) drop")
    }

    /// Drops nothing any more.
    package func heal() throws {
        try setRules(incoming: "", outgoing: "")
    }

    /// Forgets a connection that has been silent for so long, as a router does that translates addresses: its packets are
    /// dropped from then on. Connections that exist already count as forgotten.
    package func forgetConnections(silentFor seconds: Int) throws {
        let known = "set known { type inet_service; flags dynamic,timeout; timeout \(seconds)s; }"
        // Each packet makes the time begin anew; only a first one makes the connection known.
        try setRules(
            sets: known,
            incoming: """
                iif far tcp flags & (syn | ack) == syn update @known { tcp sport timeout \(seconds)s } accept
                iif far tcp sport @known update @known { tcp sport timeout \(seconds)s } accept
                iif far meta l4proto tcp drop
                """,
            outgoing: """
                oif far tcp dport @known update @known { tcp dport timeout \(seconds)s } accept
                oif far meta l4proto tcp drop
                """)
    }

    private func remove() throws {
        try Self.ip("link", "delete", link)
    }

    /// Runs `ip` in the network of the machine.
    private static func ip(_ arguments: String...) throws {
        try ChildProcess.check(NetworkNamespace.path(of: "ip", package: "iproute2"), arguments)
    }

    private func setRules(sets: String = "", incoming: String, outgoing: String) throws {
        try network.setRules(
            """
            table inet lab {
                \(sets)
                chain incoming {
                    type filter hook input priority 0; policy accept;
                    \(Self.namelessRule)
                    \(incoming)
                }
                chain outgoing {
                    type filter hook output priority 0; policy accept;
                    \(outgoing)
                }
            }
            """)
    }
}

import Glibc

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
    private static let namelessRule = "udp dport 53 drop"

    package init() throws {
        network = try NetworkNamespace()
        // From the range of RFC 2544, for tests of networks: nobody has it in life. Four addresses for each process number.
        let first = (Int(network.pid) % 32_768) * 4
        func address(_ offset: Int) -> String { "198.\(18 + first >> 16).\(first >> 8 & 255).\(first & 255 | offset)" }
        near = address(1)
        far = address(2)
        let ip = try NetworkNamespace.path(of: "ip", package: "iproute2")
        let link = "trunkline\(String(network.pid, radix: 36))"
        try ChildProcess.check(
            ip, ["link", "add", link, "type", "veth", "peer", "name", "far", "netns", String(network.pid)])
        try ChildProcess.check(ip, ["address", "add", "\(near)/30", "dev", link])
        try ChildProcess.check(ip, ["link", "set", link, "up"])
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
    package func drop(_ direction: Direction) throws {
        try setRules(
            incoming: direction == .towardsServer ? "" : "iif far drop", outgoing: direction == .towardsPostgres ? "" : "oif far drop")
    }

    /// Drops nothing any more.
    package func heal() throws {
        try setRules(incoming: "", outgoing: "")
    }

    /// Answers every packet of a connection with a reset.
    package func reset() throws {
        try setRules(incoming: "iif far meta l4proto tcp reject with tcp reset", outgoing: "")
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

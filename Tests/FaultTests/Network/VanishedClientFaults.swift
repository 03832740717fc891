import Glibc
import TestSupport
import Testing
import Threads

/// Clients vanish without a word: no packet of theirs comes any more, not even the one that says good-bye.
@Suite("Clients that vanish", .serialized)
struct VanishedClientFaults {
    /// A server in a network of its own, with clients of it there.
    private struct Stage {
        /// The clients' own ports, so that their packets are known.
        static let clientPorts = "20000-20999"

        let network: NetworkNamespace
        let server: ServerProcess
        let descriptorCount: Int
        private(set) var clients: [ChildProcess] = []

        init(_ flags: [String]) throws {
            let cluster = try PostgresCluster.shared
            network = try NetworkNamespace()
            server = try ServerProcess(
                ["--database", cluster.conninfo(database: cluster.createDatabase())] + flags, launcher: network.launcher)
            let (network, server) = (network, server)
            // It fails until there is a 200.
            try blockUntil("the server is ready") { try Self.curl("/readyz", server, network).exit == .code(0) }
            descriptorCount = try server.openDescriptors
        }

        /// Lets one client come for each query, and waits until all of them are held.
        mutating func hold(_ queries: [String]) throws {
            clients = try queries.map { query in
                try network.start(
                    "/usr/bin/curl",
                    [
                        "--silent", "--no-buffer", "--local-port", Self.clientPorts,
                        "\(server.url)/wait?channel=vanishing&\(query)",
                    ])
            }
            try blockUntil("all are held") { try readerCount == queries.count }
        }

        /// Drops all packets from and to the clients, and kills them, unheard.
        func vanish() throws {
            try network.setRules(
                """
                table inet vanished {
                    chain incoming {
                        type filter hook input priority 0; policy accept;
                        tcp sport \(Self.clientPorts) drop
                        tcp dport \(Self.clientPorts) drop
                    }
                }
                """)
            for client in clients { client.signal(SIGKILL) }
        }

        var readerCount: Int {
            get throws {
                let text = try Self.curl("/channels", server, network).text
                return text.firstMatch(of: #/"readers":([0-9]+)/#).flatMap { Int($0.1) } ?? 0
            }
        }

        private static func curl(
            _ target: String, _ server: ServerProcess, _ network: NetworkNamespace
        ) throws -> ChildProcess.Outcome {
            try network.run("/usr/bin/curl", ["--silent", "--fail", "--max-time", "10", server.url + target])
        }
    }

    @Test("fault 37: streams are freed when they have taken no heartbeat for as long as stall_timeout")
    func fault37() async throws {
        try await rehearse(
            "streams vanish without a word", ["mode=sse", "mode=stream&format=json"],
            ["--heartbeat", "1", "--stall-timeout", "5"],
            promise: .seconds(10), limit: .seconds(50))
    }

    @Test("fault 37: polls and text streams, to which nothing is sent, are freed by the keepalive within two minutes")
    func fault37Polls() async throws {
        try await rehearse(
            "held polls vanish without a word", ["mode=poll", "format=json", "mode=stream"], [], promise: .seconds(125),
            limit: .seconds(180))
    }

    private func rehearse(
        _ name: String, _ queries: [String], _ flags: [String], promise: Duration, limit: Duration
    ) async throws {
        try await offPool {
            var stage = try Stage(flags)
            try stage.hold(queries)
            try stage.vanish()
            let begin = MonotonicInstant.now
            try blockUntil("they are freed", within: limit) { try stage.readerCount == 0 }
            let took = MonotonicInstant.now - begin
            try blockUntil("their descriptors are free") { try stage.server.openDescriptors <= stage.descriptorCount }
            var report = FaultReport(37, name)
            report.recovery = took
            report.promise = promise
            report.record()
        }
    }
}

import ArgumentParser
import Testing
import Trunkline
import TrunklineHTTP

@testable import TrunklineCommand

@Suite("Settings")
struct SettingsTests {
    /// A setting with a range: texts at its edges, texts just past them, and what those are told.
    struct Edges: Sendable, CustomTestStringConvertible {
        let flag: String
        let accepted: [String]
        let refused: [String]
        let sentence: String

        var testDescription: String { flag }

        init(_ flag: String, accepted: [String], refused: [String], _ sentence: String) {
            self.flag = flag
            self.accepted = accepted
            self.refused = refused
            self.sentence = sentence
        }
    }

    static let edges = [
        Edges("--linger", accepted: ["0", "3600"], refused: ["3600.001", "3601"], "must be between 0 and 3600 s"),
        Edges("--history-age", accepted: ["0", "86400"], refused: ["1h"], "must be seconds, such as 0.5 or 60"),
        Edges("--heartbeat", accepted: ["1", "300"], refused: ["0.999", "301"], "must be between 1 and 300 s"),
        Edges("--post-timeout", accepted: ["0.1", "60"], refused: ["0.05", "0", "60.5"], "must be between 0.1 and 60 s"),
        Edges("--stall-timeout", accepted: ["1", "1000000"], refused: ["0.9"], "must be 1 s or more"),
        Edges("--head-timeout", accepted: ["0.1", "600"], refused: ["0", "0.09"], "must be 0.1 s or more"),
        Edges("--body-timeout", accepted: ["0.1", "600"], refused: ["0", "0.09"], "must be 0.1 s or more"),
        Edges("--idle-timeout", accepted: ["0.1", "600"], refused: ["0", "0.09"], "must be 0.1 s or more"),
        Edges("--drain-delay", accepted: ["0", "60"], refused: ["soon"], "must be seconds, such as 0.5 or 60"),
        Edges("--drain-timeout", accepted: ["0", "60"], refused: ["9s"], "must be seconds, such as 0.5 or 60"),
        Edges("--history-count", accepted: ["0", "1000000"], refused: ["many", "1e3"], "must be a whole number"),
        Edges("--max-held", accepted: ["1", "100000"], refused: ["0"], "must be 1 or more"),
        Edges("--max-channels", accepted: ["1", "100000"], refused: ["0"], "must be 1 or more"),
        Edges("--max-channels-per-request", accepted: ["1", "1000"], refused: ["0", "1001"], "must be between 1 and 1000"),
        Edges("--workers", accepted: ["1", "64"], refused: ["0", "65"], "must be between 1 and 64"),
        Edges(
            "--history-bytes", accepted: ["0", "1GiB"], refused: ["8 MB", "1.5MiB", "KiB"],
            "must be bytes, such as 16384, 16KiB or 8MiB"),
        Edges(
            "--history-bytes-total", accepted: ["0", "1GiB"], refused: ["all"],
            "must be bytes, such as 16384, 16KiB or 8MiB"),
        Edges(
            "--max-head", accepted: ["1024", "1KiB", "1MiB"], refused: ["1023", "1048577"],
            "must be between 1 KiB and 1 MiB"),
        Edges("--max-body", accepted: ["1", "1GiB"], refused: ["0", "2GiB"], "must be between 1 B and 1 GiB"),
        Edges(
            "--listen", accepted: ["127.0.0.1:0", "localhost:65535", "[::1]:80"],
            refused: ["8080", ":8080", "localhost", "localhost:", "localhost:65536", "::1:80", "http://localhost:80"],
            "must be host:port, such as 127.0.0.1:8080 or [::1]:8080"),
        Edges("--detach-held", accepted: ["true", "off"], refused: ["2", "never"], "must be true or false"),
        Edges("--allow-get-post", accepted: ["true", "False", "no", "1"], refused: ["2", "maybe"], "must be true or false"),
        Edges(
            "--allowed-hosts", accepted: ["a.example", "a.example, b.example"], refused: ["https://a.example"],
            "must be host names separated by commas, without scheme and path"),
        Edges(
            "--log-level", accepted: ["trace", "WARNING"], refused: ["loud"],
            "must be one of trace, debug, info, notice, warning, error, critical"),
    ]

    @Test("takes what lies at the edges of a range", arguments: edges)
    func edgesAreTaken(_ edges: Edges) throws {
        for text in edges.accepted {
            #expect(try refusal([edges.flag, text]) == nil)
        }
    }

    @Test("refuses what lies past the edges, naming the flag, the value and what to give", arguments: edges)
    func pastTheEdgesIsRefused(_ edges: Edges) throws {
        for text in edges.refused {
            #expect(try refusal([edges.flag, text]) == "\(edges.flag) \(text): \(edges.sentence)")
        }
    }

    @Test("names the variable when the wrong value came from the environment", arguments: edges)
    func variablesAreRefused(_ edges: Edges) throws {
        let name = "TRUNKLINE_" + edges.flag.dropFirst(2).uppercased().replacing("-", with: "_")
        let text = try #require(edges.refused.first)
        #expect(try refusal(environment: [name: text]) == "\(name)=\(text): \(edges.sentence)")
    }

    @Test("every setting with a range is among those whose edges are tested")
    func allEdgesAreTested() throws {
        let flags = try Settings.parse([]).all.map(\.flagName)
        // Any text is a connection string.
        #expect(Set(Self.edges.map(\.flag) + ["--database"]) == Set(flags))
        #expect(flags.count == Self.edges.count + 1)
    }

    @Test("without flags and environment, are the defaults of the library and the server")
    func defaultsAreThoseOfTheParts() throws {
        let configuration = try configuration()
        #expect(configuration.database == nil)
        #expect(configuration.logLevel == .info)
        let (hub, libraryHub) = (configuration.hub, HubConfiguration())
        #expect(hub.linger == libraryHub.linger)
        #expect(hub.historyCount == libraryHub.historyCount)
        #expect(hub.historyBytes == libraryHub.historyBytes)
        #expect(hub.historyAge == libraryHub.historyAge)
        #expect(hub.historyBytesTotal == libraryHub.historyBytesTotal)
        #expect(hub.postTimeout == libraryHub.postTimeout)
        #expect(hub.channelsMax == libraryHub.channelsMax)
        let (server, plainServer) = (configuration.server, ServerConfiguration())
        #expect(server.listen == plainServer.listen)
        #expect(server.heartbeat == plainServer.heartbeat)
        #expect(server.stallTimeout == plainServer.stallTimeout)
        #expect(server.headTimeout == plainServer.headTimeout)
        #expect(server.bodyTimeout == plainServer.bodyTimeout)
        #expect(server.idleTimeout == plainServer.idleTimeout)
        #expect(server.headBytesMax == plainServer.headBytesMax)
        #expect(server.bodyBytesMax == plainServer.bodyBytesMax)
        #expect(server.heldMax == plainServer.heldMax)
        #expect(server.channelsPerRequestMax == plainServer.channelsPerRequestMax)
        #expect(server.drainDelay == plainServer.drainDelay)
        #expect(server.drainTimeout == plainServer.drainTimeout)
        #expect(server.workers == plainServer.workers)
        #expect(server.detachesHeld == plainServer.detachesHeld)
        #expect(server.allowsGetPost == plainServer.allowsGetPost)
        #expect(server.allowedHosts == plainServer.allowedHosts)
    }

    @Test("each reach the part that they are for")
    func eachReachesItsPart() throws {
        let configuration = try configuration([
            "--listen", "[::1]:81", "--database", "host=/run", "--linger", "1", "--history-count", "2", "--history-bytes", "3",
            "--history-age", "4", "--history-bytes-total", "5", "--max-channels", "6", "--post-timeout", "7.5", "--heartbeat",
            "8",
            "--stall-timeout", "9", "--head-timeout", "10", "--body-timeout", "11", "--idle-timeout", "12", "--max-head",
            "13KiB",
            "--max-body", "14MiB", "--max-held", "15", "--max-channels-per-request", "16", "--workers", "17", "--drain-delay",
            "18",
            "--drain-timeout", "19", "--detach-held", "false", "--allow-get-post", "off", "--allowed-hosts",
            "a.example,b.example", "--log-level",
            "debug",
        ])
        #expect(configuration.database == "host=/run")
        #expect(configuration.logLevel == .debug)
        let hub = configuration.hub
        #expect(hub.linger == .seconds(1))
        #expect(hub.historyCount == 2)
        #expect(hub.historyBytes == 3)
        #expect(hub.historyAge == .seconds(4))
        #expect(hub.historyBytesTotal == 5)
        #expect(hub.channelsMax == 6)
        #expect(hub.postTimeout == .milliseconds(7_500))
        let server = configuration.server
        #expect(server.listen == "[::1]:81")
        #expect(server.heartbeat == .seconds(8))
        #expect(server.stallTimeout == .seconds(9))
        #expect(server.headTimeout == .seconds(10))
        #expect(server.bodyTimeout == .seconds(11))
        #expect(server.idleTimeout == .seconds(12))
        #expect(server.headBytesMax == 13 * 1_024)
        #expect(server.bodyBytesMax == 14 * 1_024 * 1_024)
        #expect(server.heldMax == 15)
        #expect(server.channelsPerRequestMax == 16)
        #expect(server.workers == 17)
        #expect(!server.detachesHeld)
        #expect(server.drainDelay == .seconds(18))
        #expect(server.drainTimeout == .seconds(19))
        #expect(server.allowsGetPost == false)
        #expect(server.allowedHosts == ["a.example", "b.example"])
    }
}

import HistoryChecker
import TestSupport
import Testing

extension FrontTests {
    @Suite("Other protocols")
    struct ProtocolTests {
        /// What is sent, and the statuses that may be the answer; `nil` where the connection may end without one.
        private static let table: [(what: String, bytes: [UInt8], statuses: Set<Int?>)] = [
            ("HEAD of a post", request("HEAD /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("HEAD of /healthz", request("HEAD /healthz HTTP/1.1"), [200]),
            ("OPTIONS", request("OPTIONS /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("OPTIONS *", request("OPTIONS * HTTP/1.1"), [404, 405, 400]),
            ("TRACE", request("TRACE /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("DELETE", request("DELETE /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("FOO", request("FOO /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("lower case", request("post /post?channel=other&payload=bad HTTP/1.1"), [405]),
            ("CONNECT", request("CONNECT localhost:1 HTTP/1.1"), [400, 404, 405]),
            ("HTTP/1.0", Array("GET /healthz HTTP/1.0\r\n\r\n".utf8), [200]),
            ("HTTP/0.9", Array("GET /post?channel=other&payload=bad\r\n\r\n".utf8), [nil, 400]),
            ("HTTP/2.0", request("GET /post?channel=other&payload=bad HTTP/2.0"), [400, 505]),
            ("the preface of HTTP/2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0], [400, 505]),
            (
                "TLS", [0x16, 0x03, 0x01, 0x00, 0xFA, 0x01, 0x00, 0x00, 0xF6, 0x03, 0x03] + [UInt8](repeating: 0x42, count: 239),
                [nil, 400]
            ),
            ("SSH", Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8), [nil, 400]),
            ("Redis", Array("*1\r\n$4\r\nPING\r\n".utf8), [nil, 400]),
            ("zeros", [UInt8](repeating: 0, count: 4_096), [nil, 400]),
        ]

        private static func request(_ line: String) -> [UInt8] {
            Array("\(line)\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        }

        @Test(
            """
            fault 33: other methods, versions and protocols get their status or the end of their connection, post nothing, \
            and a stream for HTTP/1.0 ends with its connection
            """)
        func fault33() async throws {
            try await offPool { try Scene(["--head-timeout", "2", "--idle-timeout", "2"]) }.play(33, "other protocols") { scene in
                let witness = try Witness(["other"], database: scene.conninfo)
                defer { witness.stop() }
                for (what, bytes, statuses) in Self.table {
                    let connection = try scene.server.connect()
                    try connection.send(bytes)
                    let answer = String(decoding: try connection.readToEnd(), as: UTF8.self)
                    let status = answer.firstMatch(of: #/^HTTP/1\.[01] ([0-9]{3})/#).flatMap { Int($0.1) }
                    #expect(statuses.contains(status), "\(what): \(answer)")
                    if status == 405 { #expect(answer.contains("\r\nAllow: "), "\(what): \(answer)") }
                }
                let old = try scene.server.connect()
                try old.send("GET /wait?channel=other&mode=stream&limit=1 HTTP/1.0\r\n\r\n")
                let head = try old.readHead()
                #expect(head.status == 200)
                #expect(head["Transfer-Encoding"] == nil && head["Content-Length"] == nil)
                try scene.server.post("last", to: "other")
                #expect(try old.readToEnd() == Array("last\n".utf8))
                try blockUntil("the witness has heard the last post") { witness.witnessed.last?.payload == "last" }
                #expect(witness.witnessed.map(\.payload) == ["last"])
                return "\(Self.table.count) kinds"
            }
        }
    }
}

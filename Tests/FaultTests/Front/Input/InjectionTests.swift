import Foundation
import TestSupport
import Testing

extension FrontTests {
    @Suite("Statements in disguise")
    struct InjectionTests {
        private static let corpus = [
            "'; DROP TABLE victim; --", "\"; DROP TABLE victim; --", "'); DROP TABLE victim; --", "\\'; DELETE FROM victim; --",
            "a\"; UNLISTEN *; --", "a'; SELECT pg_sleep(10); --", "$$; DROP TABLE victim; $$", "E'\\x27'; DROP TABLE victim",
            "a\", \"b", "*", "\"\"; SET client_encoding = 'LATIN1", "'||(SELECT current_user)||'", "{\"a\":1}", "{a,b}",
            "a\u{2019}; DROP TABLE victim", "\u{FF07}; DROP TABLE victim", "\\x27; DROP TABLE victim", "/*", "*/", "--", ";",
            "'; COMMIT; BEGIN; --", "a\nDROP TABLE victim;", "\\.", "\\! id", "COPY victim FROM PROGRAM 'id'", "%27; --",
        ]

        /// Every form in which a statement was ever run; constants are left out by PostgreSQL, names by us.
        private static func shapes(_ scene: Scene) throws -> Set<String> {
            let text = try scene.psql(
                """
                SELECT DISTINCT regexp_replace(regexp_replace(query, '"([^"]|"")*"', '"…"', 'g'), '\\s+', ' ', 'g')
                FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'
                """)
            return Set(text.split(separator: "\n").map(String.init))
        }

        private static func use(_ text: String, _ scene: Scene) throws {
            let server = scene.server
            let name = String(percentEncoding: text.utf8.prefix(63))
            let waiter = try server.wait("/wait?channel=\(name)&timeout=20")
            try blockUntil("the channel is listened to") {
                try server.facts(of: String(decoding: text.utf8.prefix(63), as: UTF8.self))?.listening == true
            }
            try server.post(text, to: name)
            #expect(try waiter.readResponse().text == text + "\n")
            waiter.close()
            let line = try JSONEncoder().encode(["channel": "batched", "payload": text])
            let answer = try server.request("POST", "/post", ["Content-Type: application/x-ndjson"], body: Array(line))
            #expect(answer.status == 200)
        }

        @Test("fault 29: nothing in a name or a payload is ever run: PostgreSQL sees no statement that it did not see before")
        func fault29() async throws {
            let scene = try await offPool {
                let cluster = try PostgresCluster(settings: ["shared_preload_libraries": "pg_stat_statements"])
                let scene = try Scene(["--linger", "0"], on: cluster)
                try scene.psql("CREATE EXTENSION pg_stat_statements; CREATE TABLE victim AS SELECT 1 AS number")
                return scene
            }
            // Without linger a channel is given up between two polls, as long as the stream is not there yet.
            try await scene.play(29, "SQL in names and payloads", Bounds(gapReasons: ["unlistened"])) { scene in
                try Self.use("harmless", scene)
                try Self.use("also harmless", scene)
                let before = try Self.shapes(scene)
                for _ in 0..<3 { for text in Self.corpus { try Self.use(text, scene) } }
                let after = try Self.shapes(scene)
                #expect(!before.isEmpty)
                // Which of our own are run depends on how many posts come together, the heartbeat among them.
                let news = after.subtracting(before).filter { !$0.hasPrefix("PREPARE trunkline_") }
                #expect(news.isEmpty, "\(news)")
                #expect(try scene.psql("SELECT number FROM victim") == "1")
                return "\(Self.corpus.count) texts as names, payloads and lines of a batch; \(after.count) forms of statements"
            }
        }
    }
}

import HistoryChecker
import TestSupport
import Testing

extension FrontTests {
    @Suite("Requests inside of requests")
    struct SmugglingTests {
        @Test(
            """
            fault 31: whatever frames a request in two ways is answered once, and the request that hides in it is never \
            executed
            """)
        func fault31() async throws {
            let scene = try await offPool {
                try Scene(["--head-timeout", "2", "--body-timeout", "2", "--idle-timeout", "2"])
            }
            try await scene.play(31, "smuggled requests") { scene in
                let witness = try Witness(["smuggled"], database: scene.conninfo)
                defer { witness.stop() }
                let rounds = 5
                let answers = try atOnce(SmugglingCorpus.all.count) { index in
                    try (0..<rounds).map { _ in
                        let connection = try scene.server.connect()
                        try connection.send(SmugglingCorpus.all[index])
                        return String(decoding: try connection.readToEnd(), as: UTF8.self)
                    }
                }
                for (text, answers) in zip(SmugglingCorpus.all, answers) {
                    for answer in answers {
                        // libmicrohttpd writes the head of some of its own refusals twice: the status is the same then.
                        let statuses = Set(answer.matches(of: #/HTTP/1\.[01] ([0-9]{3})/#).map { String($0.1) })
                        #expect(statuses.count <= 1, "\(text.debugDescription): \(answer)")
                    }
                }
                try scene.server.post("last", to: "smuggled")
                try blockUntil("the witness has heard the last post") { witness.witnessed.last?.payload == "last" }
                #expect(witness.witnessed.map(\.payload) == ["last"])
                return "\(SmugglingCorpus.all.count) forms, \(rounds) times each"
            }
        }
    }
}

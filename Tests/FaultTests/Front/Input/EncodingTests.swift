import HistoryChecker
import TestSupport
import Testing

extension FrontTests {
    @Suite("Percent-encoding")
    struct EncodingTests {
        /// What follows `/post?`, the status, and what PostgreSQL is to have of it, as the channel and the payload.
        private static let table: [(query: String, status: Int, posted: (String, String)?)] = [
            ("channel=enc&payload=a%20b", 200, ("enc", "a b")), ("channel=enc&payload=a+b", 200, ("enc", "a b")),
            ("channel=enc&payload=a%2Bb", 200, ("enc", "a+b")), ("channel=e%6Ec&payload=x", 200, ("enc", "x")),
            ("channel=enc&payload=%2541", 200, ("enc", "%41")), ("channel=enc&payload=%2F%2f", 200, ("enc", "//")),
            ("channel=enc&payload=a%26payload%3Db", 200, ("enc", "a&payload=b")),
            ("channel=enc&payload=a=b", 200, ("enc", "a=b")), ("channel=enc&payload=", 200, ("enc", "")),
            ("channel=enc&payload=%F0%9F%98%80", 200, ("enc", "😀")), ("channel=enc%20&payload=x", 200, ("enc ", "x")),
            ("channel=enc&payload=%0D%0A", 200, ("enc", "\r\n")), ("ch%61nnel=enc&payload=name", 200, ("enc", "name")),
            ("channel=enc&payload=%zz", 400, nil), ("channel=enc&payload=%", 400, nil), ("channel=enc&payload=%4", 400, nil),
            ("channel=enc&payload=%u0041", 400, nil), ("channel=%g0&payload=x", 400, nil),
            ("channel=enc&payload=%00", 422, nil), ("channel=enc%00&payload=x", 422, nil),
            // Overlong forms, a surrogate, beyond the last character, a lone byte in the middle.
            ("channel=enc&payload=%C0%AF", 422, nil), ("channel=enc&payload=%E0%80%AF", 422, nil),
            ("channel=enc&payload=%C1%81", 422, nil), ("channel=%C0%AF&payload=x", 422, nil),
            ("channel=enc&payload=%ED%A0%80", 422, nil), ("channel=enc&payload=%F4%90%80%80", 422, nil),
            ("channel=enc&payload=%80", 422, nil), ("channel=enc&payload=a&payload=b", 400, nil),
            ("channel=enc&payload=a&payload=a", 400, nil), ("channel=enc&payload=a&p%61yload=b", 400, nil),
            ("channel=enc&channel=enc&payload=twice", 200, ("enc", "twice")), ("channel=enc&Payload=a", 400, nil),
            ("channel=enc&payload=a;payload=b", 200, ("enc", "a;payload=b")), ("channel=enc&&payload=x", 200, ("enc", "x")),
        ]

        /// Paths and targets, and the status.
        private static let targets: [(target: String, status: Int)] = [
            ("/post%3Fchannel=enc&payload=x", 404), ("/%70ost?channel=enc&payload=path", 200),
            ("/post/?channel=enc&payload=x", 404), ("//post?channel=enc&payload=x", 404),
            ("/./post?channel=enc&payload=x", 404), ("/x/../post?channel=enc&payload=x", 404),
            ("/post%00?channel=enc&payload=x", 404), ("/wait?channel=enc&timeout=0&since=%2E", 400),
            ("/wait?channel=enc&timeout=%30", 204), ("/wait?channel=enc&timeout=0&mode=%73se", 200),
            ("/wait?channel=enc&timeout=0%00", 400), ("/wait?channel=enc&timeout=%EF%BC%90", 400),
        ]

        @Test("fault 30: percent-encoding is decoded once and strictly: what was meant is posted, or nothing at all")
        func fault30() async throws {
            try await offPool { try Scene() }.play(30, "percent-encoding") { scene in
                let witness = try Witness(["enc", "enc "], database: scene.conninfo)
                defer { witness.stop() }
                for (query, status, _) in Self.table {
                    let answer = try scene.server.request("POST", "/post?\(query)")
                    #expect(answer.status == status, "\(query): \(answer.text)")
                }
                for (target, status) in Self.targets {
                    let answer = try scene.server.request(target)
                    #expect(answer.status == status, "\(target): \(answer.text)")
                }
                try scene.server.post("last", to: "enc")
                try blockUntil("the witness has heard the last post") { witness.witnessed.last?.payload == "last" }
                let expected = Self.table.compactMap(\.posted) + [("enc", "path"), ("enc", "last")]
                #expect(witness.witnessed.map { "\($0.channel)=\($0.payload)" } == expected.map { "\($0.0)=\($0.1)" })
                return "\(Self.table.count + Self.targets.count) requests"
            }
        }
    }
}

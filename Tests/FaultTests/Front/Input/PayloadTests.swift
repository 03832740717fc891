import TestSupport
import Testing

extension FrontTests {
    @Suite("Payloads that would be more")
    struct PayloadTests {
        private static let chosen = [
            "", " ", ":", "\r", "\n", "\r\n", "\n\r", "a\r\n\r\nb", "\n\ndata: x", "\r\rdata: x\r\r", "id: 9.9", "x\nid: 9.9",
            "event: gap\n\n", "retry: 1\n", "x\n\nevent: gap\ndata: {}\n\n", "\u{FEFF}", "\u{FEFF}data: x", "\u{2028}",
            "a\u{2029}b\u{85}c", "0\r\n\r\n", "7\r\ndata: x\r\n", "\"\\\u{1}\u{1F}", "\u{10FFFF}",
            String(repeating: "x", count: 7_999), String(repeating: "\r\n", count: 3_999) + "\n",
            String(repeating: "😀", count: 1_999),
        ]

        /// A text of the bytes that mean something to whoever reads an event stream, and of any others.
        private static func random(using generator: inout SplitMix64) -> String {
            let special = Array("\r\n: dataeventidretry\u{FEFF}\u{2028}".unicodeScalars)
            let count = Int.random(in: 0...Int.random(in: 1...300, using: &generator), using: &generator)
            var scalars = String.UnicodeScalarView()
            for _ in 0..<count {
                let any = Unicode.Scalar(UInt32.random(in: 1...0xFFFF, using: &generator))
                let isAny = Int.random(in: 0..<4, using: &generator) == 0
                scalars.append((isAny ? any : nil) ?? special.randomElement(using: &generator) ?? "x")
            }
            return String(scalars)
        }

        /// The payload as an event stream can carry it (WHATWG HTML §9.2.6): every line end is a line feed.
        private static func withLineFeeds(_ payload: String) -> [UInt8] {
            var bytes: [UInt8] = []
            var isAfterCR = false
            for byte in payload.utf8 {
                if byte == UInt8(ascii: "\n"), isAfterCR {
                    isAfterCR = false
                    continue
                }
                isAfterCR = byte == UInt8(ascii: "\r")
                bytes.append(isAfterCR ? UInt8(ascii: "\n") : byte)
            }
            return bytes
        }

        @Test(
            """
            fault 27: a payload that holds line ends, fields or any text is one event with that text, and exact in JSON; \
            one that is no text is refused and never seen
            """)
        func fault27() async throws {
            try await offPool { try Scene() }.play(27, "hostile payloads") { scene in
                var generator = SplitMix64()
                let payloads = Self.chosen + (0..<3_000).map { _ in Self.random(using: &generator) }
                let events = try EventStream("channel=hostile", at: scene.server)
                let objects = try EventStream("channel=hostile&format=json", at: scene.server)
                let posts = try scene.server.connect(patience: .seconds(20))
                for payload in payloads {
                    for (body, status) in [(Array(payload.utf8), 200), (Array(payload.utf8.prefix(99)) + [0xC3, 0x28], 422)] {
                        try posts.sendRequest("POST", "/post?channel=hostile", body: body)
                        let answer = try posts.readResponse()
                        #expect(answer.status == status, "\(generator): \(answer.text)")
                    }
                    let event = try events.next()
                    #expect(event?.type == "message")
                    #expect(event.map { Array($0.data.utf8) } == Self.withLineFeeds(payload), "\(generator)")
                    let object = try Notified(try #require(try objects.next()).data.utf8)
                    #expect(Array(object.payload.utf8) == Array(payload.utf8), "\(generator)")
                    #expect(object.id == event?.id)
                }
                return "\(payloads.count) payloads, each an event of its own; as many refused"
            }
        }
    }
}

import HistoryChecker
import TestSupport
import Testing

extension FrontTests {
    @Suite("Names that would be others")
    struct ChannelNameTests {
        private static let long = String(repeating: "n", count: 61)

        /// All of them at once: a neighbour would get what is another's.
        private static let names = [
            "a", "A", "a ", " a", "a\r", "a\n", "a\r\nb", "a\"", "a\"\"", "a'", "a''", "a;--", "a; NOTIFY a --", "\"", "\\",
            "a\\", "%61", "a+", "a&b", "a=b", "$1", "*", "😀", "é", "e\u{301}", "\u{FEFF}a", "\u{2028}", "\t", "a.b", "--", "/*",
            long, long + "x", long + "xy", long + "xz", String(repeating: "é", count: 31), String(repeating: "é", count: 31) + "x",
        ]

        /// In a query, and what each is refused with.
        private static let refused = [
            ("", 400), (String(percentEncoding: (long + "xyz").utf8), 400),
            (String(percentEncoding: String(repeating: "é", count: 32).utf8), 400), ("a%00", 422), ("%00", 422), ("a%00b", 422),
            ("%FF", 422), ("a%C3", 422), ("%ED%A0%80", 422),
        ]

        @Test(
            """
            fault 28: a channel is the channel that was named to the letter, and a name that cannot be one is refused: nobody \
            ever hears a neighbour
            """)
        func fault28() async throws {
            try await offPool { try Scene() }.play(28, "hostile channel names") { scene in
                let witness = try Witness(Self.names, database: scene.conninfo)
                defer { witness.stop() }
                for round in 0..<5 {
                    let waiters = try Self.names.map { name in
                        try scene.server.wait("/wait?channel=\(String(percentEncoding: name.utf8))")
                    }
                    for name in Self.names { try scene.server.waitUntilHeld(1, on: name) }
                    for (name, status) in Self.refused {
                        for target in ["/post?payload=stray&channel=\(name)", "/wait?timeout=0&channel=\(name)"] {
                            #expect(try scene.server.request(target).status == status, "\(target)")
                        }
                    }
                    for (name, waiter) in zip(Self.names, waiters) {
                        #expect(waiter.isQuiet, "\(name.debugDescription) heard what was not its own")
                        try scene.server.post("\(round) \(name)", to: String(percentEncoding: name.utf8))
                        #expect(try Array(waiter.readResponse().body) == Array("\(round) \(name)\n".utf8))
                        waiter.close()
                    }
                }
                try blockUntil("the witness has heard all") { witness.witnessed.count >= 5 * Self.names.count }
                // PostgreSQL itself had each under the very name, and nothing else.
                #expect(witness.witnessed.count == 5 * Self.names.count)
                #expect(witness.witnessed.allSatisfy { $0.payload.utf8.dropFirst(2).elementsEqual($0.channel.utf8) })
                return "\(Self.names.count) names at once, five times; \(2 * Self.refused.count) refusals each time"
            }
        }
    }
}

import LibPQ
import TestSupport
import Testing

@Suite("Parameters")
struct QueryParameterTests {
    /// Sends the elements as one `text[]` and has the server say what it understood, in hexadecimal.
    private func elements(of array: [[UInt8]], in session: borrowing BlockingConnection) throws -> [String?] {
        try session.connection.send(
            "SELECT encode(convert_to(e, 'SQL_ASCII'), 'hex') FROM unnest($1::text[]) WITH ORDINALITY AS t(e, n) ORDER BY n",
            [.textArray(array)])
        let answers = try session.answers()
        if let error = answers.first?.error { throw error }
        return answers.flatMap(\.rows).map { $0[0] }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("a text[] arrives element by element, whatever the elements look like")
    func awkwardElements() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            let array = ["", "NULL", "null", "{}", "{a,b}", ",", "\"", "\\", "'", "\\\"", " ", "\n", "ü\u{1F600}", "{\"x\\\\"]
            let bytes = array.map { Array($0.utf8) }
            #expect(try elements(of: bytes, in: session) == bytes.map(hexadecimal))
        }
    }

    @Test("an empty text[] is an empty array and not NULL")
    func emptyArray() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.connection.send("SELECT cardinality($1::text[]), $1::text[] IS NULL", [.textArray([])])
            #expect(try session.answers().first?.rows == [["0", "f"]])
        }
    }

    @Test("text given as bytes arrives as it is, and empty text is not NULL")
    func textOfBytes() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            for text in ["", "NULL", "'\\\"", "ü\u{1F600}"] {
                try session.connection.send("SELECT $1::text, $1 IS NULL", [.text(Array(text.utf8))])
                let rows = try session.answers().first?.rows
                #expect(rows == [[text, "f"]])
            }
        }
    }

    @Test("random bytes but NUL arrive as they are where the database has no encoding")
    func randomBytes() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase(encoding: .sqlASCII)))
            var random = SplitMix64()
            for _ in 0..<50 {
                let array = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    random.bytes(count: .random(in: 0...200, using: &random), in: 1...255)
                }
                #expect(try elements(of: array, in: session) == array.map(hexadecimal), "\(random)")
            }
        }
    }

    @Test("an element that is no text in the database's encoding fails the statement, not the session")
    func invalidElement() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            for bytes: [UInt8] in [[0xFF], [0x61, 0x00, 0x62], [0xC3]] {
                let error = try #require(throws: PostgresError.self) { _ = try elements(of: [bytes], in: session) }
                #expect(error.sqlState == "22021")
            }
            #expect(try session.value("SELECT 1") == "1")
        }
    }

    @Test("a text parameter is taken as it is, without quoting")
    func text() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.connection.send("SELECT $1::text, $2::int + 1", [.text("'; DROP TABLE x; --\\"), .text("41")])
            #expect(try session.answers().first?.rows == [["'; DROP TABLE x; --\\", "42"]])
        }
    }
}

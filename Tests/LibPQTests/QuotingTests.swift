import LibPQ
import TestSupport
import Testing

@Suite("Quoting")
struct QuotingTests {
    /// Listens to a channel of this name and returns the names the server then knows, in hexadecimal.
    private func listened(_ name: [UInt8], in session: borrowing BlockingConnection) throws -> String? {
        let quoted = try session.connection.quotedIdentifier(name)
        try session.connection.send(Array("UNLISTEN *; LISTEN ".utf8) + quoted)
        if let error = try session.answers().lazy.compactMap(\.error).first { throw error }
        return try session.value(
            "SELECT string_agg(encode(convert_to(c, 'SQL_ASCII'), 'hex'), ' ') FROM pg_listening_channels() AS c")
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("a quoted name is the name, whatever is in it")
    func awkwardNames() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            for name in ["foo", "Foo", "\"", "\"\"", "a\"; DROP TABLE x; --", "'", "\\", " ", "\r\n", "ü\u{1F600}", "select"] {
                #expect(try listened(Array(name.utf8), in: session) == hexadecimal(Array(name.utf8)))
            }
        }
    }

    @Test("a name of 63 bytes is taken whole")
    func longestName() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            for name in [String(repeating: "\"", count: 63), String(repeating: "ü", count: 31) + "x"] {
                #expect(try listened(Array(name.utf8), in: session) == hexadecimal(Array(name.utf8)))
            }
        }
    }

    @Test(
        "any byte but NUL is a name where an encoding has one byte a character",
        arguments: [DatabaseEncoding.sqlASCII, .latin1])
    func singleBytes(encoding: DatabaseEncoding) async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let dsn = try cluster.conninfo(database: cluster.createDatabase(encoding: encoding))
            let session = try BlockingConnection(
                ConnectionParameters(dsn: dsn).setting("client_encoding", to: encoding.rawValue))
            for byte: UInt8 in 1...255 {
                #expect(try listened([byte], in: session) == hexadecimal([byte]))
                #expect(try listened([0x61, byte, 0x22], in: session) == hexadecimal([0x61, byte, 0x22]))
            }
        }
    }

    @Test("bytes that are no text in the client's encoding are refused by libpq or by the server, and the session lives")
    func invalidName() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            for bytes: [UInt8] in [[0xFF], [0x61, 0xC3], [0xC3, 0x22], [0x80]] {
                #expect(throws: PostgresError.self) { _ = try listened(bytes, in: session) }
            }
            #expect(try session.value("SELECT 1") == "1")
        }
    }

    @Test("NUL is refused, for it would end the name or the statement early")
    func nul() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            #expect(throws: PostgresError.self) { _ = try session.connection.quotedIdentifier([0x61, 0, 0x62]) }
            #expect(throws: PostgresError.self) { try session.connection.send("SELECT 1\0; garbage") }
            #expect(try session.connection.quotedIdentifier([]) == Array("\"\"".utf8))
        }
    }
}

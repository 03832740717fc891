import Testing

@testable import TrunklineBench

@Suite("Taking answers apart")
struct ResponseReaderTests {
    /// Two answers, one after the other, and what they hold.
    static let samples = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\nETag: \"a.1\"\r\n\r\n",
            "<200>hello<end><204><end>"
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
                + "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nwait",
            "<200>abc0123456789<end><503>wait<end>"
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nContent-Length:0\n\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            "<200><end><304><end>"
        ),
        ("HTTP/1.0 200 OK\r\n\r\nall of it", "<200>all of it"),
    ]

    @Test("yields the same parts wherever the bytes are cut", arguments: samples)
    func everyCut(_ text: String, _ parts: String) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == parts, "cut at \(cut)")
        }
        #expect(read(bytes.map { [$0] }) == parts, "byte by byte")
    }

    @Test("says when the last piece of a counted body has come")
    func lastPiece() {
        var reader = ResponseReader()
        var flags: [Bool] = []
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab".utf8)
        collect(bytes, &reader) { if case .body(_, let isLast) = $0 { flags.append(isLast) } }
        collect(Array("cd".utf8), &reader) { if case .body(_, let isLast) = $0 { flags.append(isLast) } }
        #expect(flags == [false, true])
    }

    @Test("knows a body that only the connection ends")
    func untilClose() {
        var reader = ResponseReader()
        collect(Array("HTTP/1.1 200 OK\r\n\r\nx".utf8), &reader) { _ in }
        #expect(reader.endsWithConnection)
    }

    @Test(
        "reads of a head what matters",
        arguments: [
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200, true, false),
            ("HTTP/1.0 200 OK\r\n\r\n", 200, true, false),
            ("HTTP/1.1 204 None\r\nTrunkline-Gap: expired\r\n\r\n", 204, false, true),
            ("SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, false, false),
        ])
    func head(_ text: String, _ status: Int, _ isLast: Bool, _ tellsGap: Bool) throws {
        let head = try #require(self.head(text))
        #expect(head.status == status)
        #expect(head.isLast == isLast)
        #expect(head.tellsGap == tellsGap)
        #expect(head.isRefusal == (status == 0))
    }

    @Test("finds the validators that the next poll brings back")
    func validators() throws {
        let text = "HTTP/1.1 200 OK\r\nETag: \"a.1\"\r\nLast-Modified:  Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n"
        let head = try #require(self.head(text))
        let bytes = Array(text.utf8)
        #expect(head.entityTag.map { String(decoding: bytes[$0], as: UTF8.self) } == "\"a.1\"")
        #expect(head.lastModified.map { String(decoding: bytes[$0], as: UTF8.self) } == "Sun, 22 Nov 2026 10:00:00 GMT")
    }

    private func head(_ text: String) -> ResponseHead? {
        var position = 0
        let bytes = Array(text.utf8)
        return ResponseHead.read(bytes.span, at: &position)
    }

    /// Feeds pieces as a connection brings them: what is left unread comes again before the next one.
    private func read(_ pieces: [[UInt8]]) -> String {
        var reader = ResponseReader()
        var left: [UInt8] = []
        var text = ""
        for piece in pieces {
            let bytes = left + piece
            left = collect(bytes, &reader) { part in
                switch part {
                case .head(let head): text += "<\(head.status)>"
                case .body(let range, _): text += String(decoding: bytes[range], as: UTF8.self)
                case .end: text += "<end>"
                }
            }
        }
        return text
    }

    @discardableResult
    private func collect(_ bytes: [UInt8], _ reader: inout ResponseReader, _ take: (ResponseReader.Part) -> Void) -> [UInt8] {
        var position = 0
        while let part = reader.next(in: bytes.span, at: &position) { take(part) }
        return Array(bytes[position...])
    }
}

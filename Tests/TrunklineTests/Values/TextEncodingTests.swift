import Testing

@testable import Trunkline

@Suite("The encodings of databases")
struct TextEncodingTests {
    /// PostgreSQL's encodings for databases (manual, 'Character Set Support').
    static let serverEncodings = [
        "EUC_CN", "EUC_JP", "EUC_JIS_2004", "EUC_KR", "EUC_TW", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8",
        "KOI8R", "KOI8U", "LATIN1", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9",
        "LATIN10", "SQL_ASCII", "UTF8", "WIN866", "WIN874", "WIN1250", "WIN1251", "WIN1252", "WIN1253", "WIN1254",
        "WIN1255", "WIN1256", "WIN1257", "WIN1258",
    ]

    @Test("each encoding a database can have is known, to iconv too", arguments: serverEncodings)
    func known(serverEncoding: String) throws {
        let encoding = try #require(TextEncoding(serverEncoding: serverEncoding))
        #expect(encoding.encode(Array("plain".utf8)) == Array("plain".utf8))
        // No iconv would end the process here; a byte beyond ASCII makes it work.
        #expect(encoding.decode([0x61, 0xA4]).first == 0x61)
        if case .iconv = encoding { #expect(encoding.encode([0xFF]) == nil) }
    }

    @Test("an encoding that cannot be converted is none", arguments: ["MULE_INTERNAL", "", "utf8", "JOHAB"])
    func unknown(serverEncoding: String) {
        #expect(TextEncoding(serverEncoding: serverEncoding) == nil)
    }

    @Test(
        "text goes there and back",
        arguments: [
            ("LATIN1", "é", [0xE9]), ("WIN1252", "€", [0x80]), ("LATIN9", "€", [0xA4]),
            ("EUC_JP", "日本", [0xC6, 0xFC, 0xCB, 0xDC]),
            ("KOI8R", "да", [0xC4, 0xC1]), ("WIN1251", "да", [0xE4, 0xE0]), ("UTF8", "€", [0xE2, 0x82, 0xAC]),
        ] as [(String, String, [UInt8])])
    func thereAndBack(serverEncoding: String, text: String, wire: [UInt8]) throws {
        let encoding = try #require(TextEncoding(serverEncoding: serverEncoding))
        #expect(encoding.encode(Array(text.utf8)) == wire)
        #expect(encoding.decode(wire) == Array(text.utf8))
    }

    @Test("a character that the encoding lacks makes the text not representable", arguments: ["LATIN1", "EUC_JP", "WIN1251"])
    func lacking(serverEncoding: String) throws {
        let encoding = try #require(TextEncoding(serverEncoding: serverEncoding))
        #expect(encoding.encode(Array("a😀b".utf8)) == nil)
    }

    @Test("what is no UTF-8 cannot be sent, but to a database without an encoding")
    func noUTF8() {
        for bytes in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]] {
            #expect(TextEncoding.utf8.encode(bytes) == nil)
            #expect(TextEncoding(serverEncoding: "LATIN1")?.encode(bytes) == nil)
            #expect(TextEncoding.bytes.encode(bytes) == bytes)
            #expect(TextEncoding.bytes.decode(bytes) == bytes)
        }
    }

    @Test("what cannot be converted on its way in becomes U+FFFD, and the rest stays")
    func replacement() throws {
        let encoding = try #require(TextEncoding(serverEncoding: "EUC_JP"))
        #expect(
            String(decoding: encoding.decode([0x61, 0xFF, 0x62, 0xC6, 0xFC, 0xC6]), as: UTF8.self) == "a\u{FFFD}b日\u{FFFD}")
        // 0x81 is nothing in Windows-1252.
        let windows = try #require(TextEncoding(serverEncoding: "WIN1252"))
        #expect(String(decoding: windows.decode([0x81, 0x80]), as: UTF8.self) == "\u{FFFD}€")
    }

    @Test("limits count in the database's encoding: 63 bytes of LATIN1 are more in UTF-8")
    func limitsAfterConversion() throws {
        let encoding = try #require(TextEncoding(serverEncoding: "LATIN1"))
        let name = String(repeating: "é", count: 63)
        #expect(try encoding.wireBytes(of: ChannelName(name)).count == 63)
        #expect(throws: TrunklineError.self) { try TextEncoding.utf8.wireBytes(of: ChannelName(name)) }
        #expect(throws: TrunklineError.self) { try encoding.wireBytes(of: ChannelName(name + "é")) }
        #expect(try encoding.wireBytes(of: Payload(String(repeating: "é", count: 7_999)), on: "foo").count == 7_999)
    }
}

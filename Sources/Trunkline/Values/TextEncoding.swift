import Glibc

/// The encoding of a database: what a name or a payload becomes on the wire, and what it was.
///
/// Both connections use the database's own encoding, because a payload that PostgreSQL cannot convert for its listener ends
/// the listener's session. So nothing is converted there, and everything here.
package enum TextEncoding: Hashable, Sendable {
    /// UTF8: bytes as they are, if they are UTF-8.
    case utf8
    /// SQL_ASCII: any bytes but NUL, as they are.
    case bytes
    /// Another one, by its name for `iconv(3)`.
    case iconv(String)

    /// - Parameter serverEncoding: PostgreSQL's name for it (`server_encoding`).
    /// - Returns: `nil` for one that cannot be converted.
    package init?(serverEncoding: String) {
        switch serverEncoding {
        case "UTF8": self = .utf8
        case "SQL_ASCII": self = .bytes
        default:
            guard let name = Self.iconvNames[serverEncoding] else { return nil }
            self = .iconv(name)
        }
    }

    /// PostgreSQL's names of its encodings for databases (manual, 'Character Set Support'), and those of GNU iconv.
    private static let iconvNames = [
        "EUC_CN": "EUC-CN", "EUC_JP": "EUC-JP", "EUC_JIS_2004": "EUC-JISX0213", "EUC_KR": "EUC-KR", "EUC_TW": "EUC-TW",
        "ISO_8859_5": "ISO-8859-5", "ISO_8859_6": "ISO-8859-6", "ISO_8859_7": "ISO-8859-7", "ISO_8859_8": "ISO-8859-8",
        "KOI8R": "KOI8-R", "KOI8U": "KOI8-U", "LATIN1": "ISO-8859-1", "LATIN2": "ISO-8859-2", "LATIN3": "ISO-8859-3",
        "LATIN4": "ISO-8859-4", "LATIN5": "ISO-8859-9", "LATIN6": "ISO-8859-10", "LATIN7": "ISO-8859-13",
        "LATIN8": "ISO-8859-14", "LATIN9": "ISO-8859-15", "LATIN10": "ISO-8859-16", "WIN866": "CP866", "WIN874": "CP874",
        "WIN1250": "CP1250", "WIN1251": "CP1251", "WIN1252": "CP1252", "WIN1253": "CP1253", "WIN1254": "CP1254",
        "WIN1255": "CP1255", "WIN1256": "CP1256", "WIN1257": "CP1257", "WIN1258": "CP1258",
    ]

    /// The bytes for the wire.
    ///
    /// - Returns: `nil` if the text is no UTF-8, or has a character the encoding lacks.
    package func encode(_ utf8: [UInt8]) -> [UInt8]? {
        switch self {
        case .bytes: return utf8
        case .utf8: return Self.isUTF8(utf8) ? utf8 : nil
        case .iconv(let name):
            guard !Self.isASCII(utf8) else { return utf8 }
            guard Self.isUTF8(utf8), let encoded = Self.convert(utf8, from: "UTF-8", to: name, replacement: nil),
                // An encoding in which two texts look the same would mix up two channels.
                decode(encoded) == utf8
            else { return nil }
            return encoded
        }
    }

    /// The text in UTF-8; what cannot be converted becomes U+FFFD. Bytes of `SQL_ASCII` stay as they are.
    package func decode(_ wire: [UInt8]) -> [UInt8] {
        switch self {
        case .bytes, .utf8: return wire
        case .iconv(let name):
            guard !Self.isASCII(wire) else { return wire }
            guard let decoded = Self.convert(wire, from: name, to: "UTF-8", replacement: [0xEF, 0xBF, 0xBD]) else {
                preconditionFailure("iconv knows \(name) no more")
            }
            return decoded
        }
    }

    private static func isASCII(_ bytes: [UInt8]) -> Bool {
        bytes.span.isASCII
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        isASCII(bytes) || String(validating: bytes, as: UTF8.self) != nil
    }

    /// Corresponds to `iconv(3)`.
    ///
    /// - Parameter replacement: stands for a byte that cannot be converted; `nil` gives up instead.
    private static func convert(_ input: [UInt8], from: String, to: String, replacement: [UInt8]?) -> [UInt8]? {
        guard let descriptor = iconv_open(to, from), descriptor != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(descriptor) }
        var output: [UInt8] = []
        var rest = input[...].map { CChar(bitPattern: $0) }
        var room = [CChar](repeating: 0, count: 4 * input.count + 16)
        while true {
            let (result, consumed, produced) = rest.withUnsafeMutableBufferPointer { source in
                room.withUnsafeMutableBufferPointer { target in
                    var from = source.baseAddress
                    var fromLeft = source.count
                    var into = target.baseAddress
                    var intoLeft = target.count
                    let result = Glibc.iconv(descriptor, &from, &fromLeft, &into, &intoLeft)
                    return (result, source.count - fromLeft, target.count - intoLeft)
                }
            }
            output.append(contentsOf: room[..<produced].lazy.map { UInt8(bitPattern: $0) })
            rest.removeFirst(consumed)
            if result != -1 { return output }
            // The room holds the longest text there can be, so the input is at fault (EILSEQ, EINVAL): one byte of it.
            guard let replacement, !rest.isEmpty else { return nil }
            output.append(contentsOf: replacement)
            rest.removeFirst()
        }
    }
}

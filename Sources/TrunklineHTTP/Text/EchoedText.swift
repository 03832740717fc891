/// Text of a request on its way into a sentence of ours: quoted, printable ASCII, at most 64 characters, so that nothing a
/// client sends can start a line, colour a terminal or flood a log.
struct EchoedText: CustomStringConvertible {
    /// The text between single quotes; bytes that are not printable ASCII are percent-encoded.
    let description: String

    /// - Parameter bytes: decoded or raw bytes of a request.
    init(_ bytes: some Sequence<UInt8>) {
        var echoed = [UInt8(ascii: "'")]
        for byte in bytes {
            guard echoed.count <= Self.byteCountMax else {
                echoed.append(contentsOf: "...".utf8)
                break
            }
            if 0x20..<0x7F ~= byte { echoed.append(byte) } else { PercentEncoding.appendEscape(of: byte, to: &echoed) }
        }
        echoed.append(UInt8(ascii: "'"))
        description = String(decoding: echoed, as: UTF8.self)
    }

    /// - Parameter text: a piece of a header.
    init(_ text: String) {
        self.init(text.utf8)
    }

    /// What is longer is cut; the last byte may be an escape of three.
    private static let byteCountMax = 64
}

import TestSupport

/// Payloads that try to be more than a payload, or that are easily damaged on the way.
enum HostilePayloads {
    static let all = [
        "", " ", "  two spaces", ":", ": comment", ":colon", "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "a\n",
        "a\r", "a\r\n",
        "\na", "a\nb", "a\rb", "a\r\nb", "a\n\nb", "a\r\n\r\nb", "\n\ndata: x", "\r\rdata: x\r\r",
        "x\n\nevent: gap\ndata: {}\n\n",
        "id: 1", "x\nid: 0.0", "x\nid", "retry: 1", "x\nretry: 0\n", "data", "data:", "data: ", "event: error", "\u{FEFF}",
        "\u{FEFF}data: x",
        "\u{2028}", "a\u{2029}b", "\u{85}", "\u{B}", "\u{C}", "😀\n👨‍👩‍👧‍👦", "e\u{301}", "\t", "\u{7F}", "0\r\n\r\n", "5\r\nhello\r\n",
        "</script>", #"{"type":"end"}"#, "\"\\\u{1}\u{1F}", "\u{FFFD}", "\u{10FFFF}", String(repeating: "x", count: 7_999),
        String(repeating: "\n", count: 7_999), String(repeating: "\r\n", count: 3_999), String(repeating: "😀", count: 1_999),
    ]

    /// Random bytes, most of them those that mean something to a parser of event streams.
    static func random(using generator: inout SplitMix64) -> [UInt8] {
        // Half of them are text, half may be no UTF-8.
        let isText = Bool.random(using: &generator)
        let special = Array("\r\n: dataeventidretry\(isText ? "" : "\u{FEFF}\u{2028}😀")".utf8)
        let isAnything = Bool.random(using: &generator)
        // Few are long, so that 10,000 are soon done.
        let countMax = Int.random(in: 0..<100, using: &generator) == 0 ? 7_999 : 40
        let count = Int.random(in: 0...countMax, using: &generator)
        return (0..<count).map { _ in
            let isSpecial = !isAnything || Bool.random(using: &generator)
            return isSpecial
                ? special.randomElement(using: &generator) ?? 0 : UInt8.random(in: 1...(isText ? 127 : 255), using: &generator)
        }
    }
}

/// An answer as it came over the wire.
struct RawAnswer {
    let head: String
    var body = ""

    init(head: String) {
        self.head = head
    }

    var status: Int {
        let words = head.split(separator: " ", maxSplits: 2)
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    /// The value of the field with that name in lower case.
    func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name { return String(parts[1].drop { $0 == " " }) }
        }
        return nil
    }

    var isClosing: Bool { field("connection") == "close" }
}

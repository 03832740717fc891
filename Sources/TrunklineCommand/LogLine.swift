import Logging

/// One line of the log.
enum LogLine {
    /// The whole line with its line feed. Control characters, of a server's words say, are escaped: an entry is one line.
    static func render(level: Logger.Level, message: String, metadata: Logger.Metadata, at time: WallTime) -> String {
        var line = "\(time) \(level) \(escape(message, isQuoting: false))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(escape(key, isQuoting: false))=\(escape("\(value)", isQuoting: true))"
        }
        return line + "\n"
    }

    private static func escape(_ text: String, isQuoting: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case "\"" where isQuoting: escaped += "\\\""
            case _ where scalar.properties.generalCategory == .control:
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        let needsQuotes = isQuoting && (text.isEmpty || text.contains { $0 == " " || $0 == "\"" || $0 == "=" })
        return needsQuotes ? "\"\(escaped)\"" : escaped
    }
}

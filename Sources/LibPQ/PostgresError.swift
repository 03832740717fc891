import CLibPQ

/// What the server or libpq said when something failed.
package struct PostgresError: Error, Sendable, Equatable {
    /// The server's or libpq's words, trimmed; never with a password.
    package let message: String
    /// What the server added to its message, if anything.
    package let detail: String?
    /// The five characters the server classifies its errors by; `nil` when the server was not reached or libpq itself failed.
    package let sqlState: String?

    package init(message: String, detail: String? = nil, sqlState: String? = nil) {
        self.message = message
        self.detail = detail
        self.sqlState = sqlState
    }
}

extension PostgresError: CustomStringConvertible {
    /// Everything on one line, for logs and for answers.
    package var description: String {
        var text = message.replacing("\n", with: " ")
        if let detail { text += " (\(detail.replacing("\n", with: " ")))" }
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        return text
    }
}

extension PostgresError {
    /// The error that `result` holds. Corresponds to `PQresultErrorField`.
    init(result: OpaquePointer) {
        self.init(
            message: trunkline_error_primary(result)?.trimmedText ?? PQresultErrorMessage(result).trimmedText,
            detail: trunkline_error_detail(result)?.trimmedText,
            sqlState: trunkline_error_sqlstate(result)?.trimmedText)
    }

    /// What libpq last said of `connection`. Corresponds to `PQerrorMessage`.
    init(connection: OpaquePointer) {
        self.init(message: PQerrorMessage(connection).trimmedText)
    }

    /// What libpq says of a connection that could not be made, in the form of `PQERRORS_VERBOSE`: only there does it show
    /// the SQLSTATE, as `FATAL:  28P01: password authentication failed`, with lines of `LOCATION` that help nobody here.
    init(verbose text: String) {
        var sqlState: String?
        var lines: [Substring] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("LOCATION:") {
            // Several attempts (with TLS, then without) leave several lines; the last one decides.
            if let match = line.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) {
                sqlState = String(match.1)
                lines.append(line.replacing("\(match.1): ", with: "", maxReplacements: 1))
            } else {
                lines.append(line)
            }
        }
        self.init(message: lines.joined(separator: "\n"), sqlState: sqlState)
    }
}

extension UnsafePointer<CChar> {
    /// A copy of these words without the line end libpq puts there.
    var trimmedText: String {
        let text = String(cString: self)
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(text[...last])
    }
}

extension UnsafeMutablePointer<CChar> {
    var trimmedText: String { UnsafePointer(self).trimmedText }
}

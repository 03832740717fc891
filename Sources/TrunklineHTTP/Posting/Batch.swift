import HTTPTypes
import Trunkline

/// A batch: newline-delimited JSON, one object a line, all posted in one transaction or none.
enum Batch {
    /// Reads all lines; blank ones are passed over but counted.
    ///
    /// - Throws: the first problem from top to bottom, naming the line: 400, 413 or 422; 400 for a batch without any object.
    static func notifications(in body: [UInt8]) throws(RequestFailure) -> [Post.Item] {
        var notifications: [Post.Item] = []
        var lines: [Post.Item: Int] = [:]
        var rest = body[...]
        var number = 0
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            number += 1
            guard let notification = try BatchLine(line, number: number)?.notification else { continue }
            if let earlier = lines.updateValue(number, forKey: notification) {
                throw identical(earlier, number)
            }
            notifications.append(notification)
        }
        guard !notifications.isEmpty else {
            throw RequestFailure(
                .badRequest, parameter: "channel", "the batch is empty: write \(BatchLine.pattern) on each line")
        }
        return notifications
    }

    private static func identical(_ first: Int, _ second: Int) -> RequestFailure {
        RequestFailure(
            .unprocessableContent, parameter: "payload",
            "lines \(first) and \(second) of the batch have the same channel and payload, and PostgreSQL delivers identical "
                + "notifications of one transaction once: send them in two requests, or make them differ")
    }
}

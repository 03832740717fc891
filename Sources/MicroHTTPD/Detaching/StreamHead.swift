import HTTPTypes

/// The head of an answer whose body comes in chunks and whose connection ends with it.
enum StreamHead {
    static func bytes(_ status: HTTPResponse.Status, _ headers: HTTPFields, date: String) -> [UInt8] {
        var head = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nDate: \(date)\r\n"
        for field in headers where !field.value.isEmpty && field.name != .connection {
            head += "\(field.name.rawName): \(field.value)\r\n"
        }
        head += "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        return Array(head.utf8)
    }
}

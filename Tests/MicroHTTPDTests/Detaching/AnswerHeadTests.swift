import HTTPTypes
import Testing

@testable import MicroHTTPD

@Suite("The head of an answer without libmicrohttpd")
struct AnswerHeadTests {
    private static let date = "Thu, 01 Jan 1970 00:00:00 GMT"

    private func lines(_ head: AnswerHead) -> [Substring] {
        String(decoding: head.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    }

    @Test("a stream's closes the connection and chunks the body, whatever the response says of that")
    func stream() {
        let head = AnswerHead(
            .ok, date: Self.date, isLast: true, [.contentType: "text/plain", .connection: "keep-alive", .cacheControl: ""],
            framing: .chunked)
        #expect(
            lines(head) == [
                "HTTP/1.1 200 OK", "Date: \(Self.date)", "Connection: close", "Content-Type: text/plain",
                "Transfer-Encoding: chunked", "", "",
            ])
    }

    @Test("an answer's has the length of a body that may be there, and its own fields behind the others, without empty ones")
    func answer() {
        let own: [Response.OwnHeader] = [.init("X-One", "1"), .init("X-Two", ""), .init("X-Three", "ü")]
        let head = AnswerHead(.notFound, date: Self.date, isLast: false, [.server: "x"], own: own, framing: .length(0))
        #expect(
            lines(head) == [
                "HTTP/1.1 404 Not Found", "Date: \(Self.date)", "Server: x", "X-One: 1", "X-Three: ü", "Content-Length: 0", "",
                "",
            ])
        let empty = AnswerHead(.noContent, date: Self.date, isLast: true, [:], framing: .none)
        #expect(lines(empty) == ["HTTP/1.1 204 No Content", "Date: \(Self.date)", "Connection: close", "", ""])
    }
}

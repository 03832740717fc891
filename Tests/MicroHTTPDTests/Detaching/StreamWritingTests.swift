import Glibc
import HTTPTypes
import Testing

@testable import MicroHTTPD

@Suite("The bytes of a detached stream")
struct StreamWritingTests {
    private func chunk(of content: [UInt8], bufferByteCount: Int = 70_000) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferByteCount, alignment: 1)
        defer { buffer.deallocate() }
        Chunk.content(of: buffer).copyBytes(from: content)
        return String(decoding: Chunk.close(buffer, count: content.count), as: UTF8.self)
    }

    @Test(
        "a chunk is its size in hexadecimal digits, its content, and the line ends", arguments: [1, 15, 16, 255, 4_096, 65_535])
    func framing(_ count: Int) throws {
        let text = chunk(of: [UInt8](repeating: UInt8(ascii: "x"), count: count))
        let parts = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(parts.count == 3 && parts[2].isEmpty)
        #expect(Int(parts[0], radix: 16) == count)
        #expect(parts[1] == String(repeating: "x", count: count))
    }

    @Test("the room for content leaves what the framing takes, and is never more than four digits can say")
    func room() {
        for (byteCount, room) in [(100, 92), (65_543, 65_535), (1 << 20, 65_535)] {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
            defer { buffer.deallocate() }
            #expect(Chunk.content(of: buffer).count == room)
        }
    }

    @Test(
        "the date is that of RFC 9110, whatever is asked before",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ])
    func date(_ second: time_t, _ text: String) {
        var date = HTTPDate()
        for _ in 1...2 {
            #expect(date.text(at: second) == text)
            #expect(date.text(at: second + 1) != text)
        }
    }
}

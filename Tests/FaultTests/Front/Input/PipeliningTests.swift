import TestSupport
import Testing

extension FrontTests {
    @Suite("Requests that follow each other closely")
    struct PipeliningTests {
        @Test(
            """
            fault 57: pipelined requests are answered in order, and a post behind a wait starts when the wait is answered
            """)
        func fault57() async throws {
            try await offPool { try Scene() }.play(57, "pipelined requests") { scene in
                let rounds = 200
                for number in 0..<rounds {
                    // Its own post cannot wake the wait before it.
                    let connection = try scene.server.connect(patience: .seconds(20))
                    let targets = [
                        "/wait?channel=piped", "/post?channel=piped_after&payload=\(number)",
                        "/wait?channel=piped_after&since=0.0&timeout=5&format=json&limit=10", "/healthz", "/nowhere",
                    ]
                    let listener = try EventStream("channel=piped_after", at: scene.server)
                    try connection.send(targets.flatMap { RawConnection.bytes(ofRequest: $0) })
                    try scene.server.waitUntilHeld(1, on: "piped")
                    #expect(listener.connection.isQuiet, "the post did not wait for its turn")
                    try scene.server.post("\(number)", to: "piped")
                    #expect(try connection.readResponse().text == "\(number)\n")
                    #expect(try connection.readResponse().status == 200)
                    #expect(try listener.next()?.data == "\(number)")
                    #expect(try connection.readResponse().status == 200)
                    #expect(try connection.readResponse().text == "ok\n")
                    #expect(try connection.readResponse().status == 404)
                    #expect(connection.isQuiet)
                    connection.close()
                    listener.connection.close()
                    _ = try scene.server.waitUntilLeft("piped")
                }
                return "\(rounds) times five requests in one go"
            }
        }

        @Test(
            """
            fault 58: a client that asks for leave to send its body gets it, or its refusal; a refusal that comes early is \
            readable although the body was not read
            """)
        func fault58() async throws {
            try await offPool { try Scene() }.play(58, "early refusals") { scene in
                let rounds = 50
                for number in 0..<rounds {
                    let welcome = try scene.server.connect()
                    let head = "POST /post?channel=asked HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                    try welcome.send("\(head)Content-Length: 5\r\n\r\n")
                    #expect(try welcome.readResponse().status == 100)
                    try welcome.send("asked")
                    #expect(try welcome.readResponse().status == 200)

                    let refused = try scene.server.connect()
                    try refused.send("\(head)Content-Length: 50000000\r\n\r\n")
                    #expect(try refused.readResponse().status == 413)

                    // Too long by a little, and by more than any buffer on the way: all of it sent before the answer is read.
                    let byteCount = number.isMultiple(of: 2) ? 1_200_000 : 20_000_000
                    let deaf = try scene.server.connect()
                    let body = [UInt8](repeating: UInt8(ascii: "x"), count: byteCount)
                    try deaf.sendRequest("POST", "/post?channel=asked", body: body)
                    let answer = try deaf.readResponse()
                    #expect(answer.status == 413 && !answer.text.isEmpty)
                    #expect(answer["Connection"] == "close")
                    #expect(try deaf.readToEnd().isEmpty)
                }
                return "\(rounds) times leave given, leave refused, and a body of up to 20 MB that nobody wants"
            }
        }
    }
}

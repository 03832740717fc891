import Testing

@testable import TrunklineBench

@Suite("The requests of a run")
struct RequestTests {
    private func settings() throws -> BenchSettings {
        var settings = BenchSettings(target: try Target(url: "http://127.0.0.1:8080"))
        settings.channelPrefix = "c"
        return settings
    }

    @Test("a post has its payload in the body, with its length and padding")
    func body() throws {
        var settings = try settings()
        settings.payloadByteCount = 25
        settings.fields = ["Authorization: Bearer x"]
        let requests = Requests(settings)
        var post = requests.post
        post.setChannel(42)
        post.setNumber(7)
        #expect(
            String(decoding: post.bytes, as: UTF8.self) == """
                POST /post?channel=c00042 HTTP/1.1\r
                Host: 127.0.0.1:8080\r
                Authorization: Bearer x\r
                Content-Length: 25\r
                \r
                \(requests.mark.text(7))xxxx
                """)
    }

    @Test("a path with a place for the payload makes it a GET")
    func query() throws {
        var settings = try settings()
        settings.postPath = "/post?channel={channel}&payload={payload}&other={x}"
        let requests = Requests(settings)
        var post = requests.post
        post.setNumber(1_234_567_890)
        #expect(
            String(decoding: post.bytes, as: UTF8.self) == """
                GET /post?channel=c00000&payload=\(requests.mark.text(1_234_567_890))&other={x} HTTP/1.1\r
                Host: 127.0.0.1:8080\r
                \r

                """)
    }

    @Test(
        "a wait is asked for in each mode, and as another server wants it",
        arguments: [
            (ReadingMode.poll, nil, "GET /wait?channel=c00003&limit=1000 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"),
            (.stream, nil, "GET /wait?channel=c00003&mode=stream&format=json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"),
            (.sse, "/s/{channel}", "GET /s/c00003 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/event-stream\r\n"),
        ])
    func wait(_ mode: ReadingMode, _ path: String?, _ text: String) throws {
        var settings = try settings()
        settings.mode = mode
        settings.waitPath = path
        var wait = Requests(settings).wait
        wait.setChannel(3)
        #expect(String(decoding: wait.bytes, as: UTF8.self) == text)
    }

    @Test("two runs do not take each other's payloads for their own")
    func runs() {
        #expect(RunMark(run: 1).run == "00000001")
        let bytes = Array(RunMark(run: 1).text(5).utf8)
        #expect(RunMark(run: 1).find(in: bytes.span, bytes.indices) == 5)
        #expect(RunMark(run: 2).find(in: bytes.span, bytes.indices) == nil)
        #expect(bytes.count == RunMark.byteCount)
    }
}

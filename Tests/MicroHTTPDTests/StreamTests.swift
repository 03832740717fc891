import Glibc
import MicroHTTPD
import Testing
import Threads

@Suite("Streams", .serialized)
struct StreamTests {
    static func streaming(
        _ streams: Recorder<LineStream>, _ configuration: DaemonConfiguration = DaemonConfiguration(),
        isDetaching: Bool = TestServer.detachesHeld
    ) throws -> TestServer {
        try TestServer(configuration, isDetaching: isDetaching) { _, exchange in
            let stream = LineStream(exchange)
            streams.record(stream)
            return stream
        }
    }

    static func isEnded(_ stream: LineStream) -> Bool { stream.endCount.load(ordering: .sequentiallyConsistent) == 1 }

    @Test("the head leaves before there is anything to say, and each write arrives at once")
    func chunks() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        for number in 1...2 {
            let client = try server.connect()
            let head = try elapsedHead(client)
            #expect(head.head.field("transfer-encoding") == "chunked")
            #expect(head.head.isClosing == TestServer.detachesHeld)
            #expect(head.time < .milliseconds(150))
            let stream = streams.all[number - 1]
            for line in ["one\n", "two\n", "three\n"] {
                let start = MonotonicInstant.now
                stream.write(line)
                #expect(try client.receive(until: line + "\r\n").hasSuffix(line + "\r\n"))
                #expect(MonotonicInstant.now - start < .milliseconds(150))
            }
            stream.finish()
            #expect(try client.receive(until: "0\r\n\r\n") == "0\r\n\r\n")
            #expect(eventually { Self.isEnded(stream) })
        }
    }

    private func elapsedHead(_ client: RawClient) throws -> (head: RawAnswer, time: Duration) {
        let start = MonotonicInstant.now
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = RawAnswer(head: try client.receive(until: "\r\n\r\n"))
        return (head, MonotonicInstant.now - start)
    }

    @Test("an HTTP/1.0 client gets the body without chunks, ended by the close")
    func old() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.0\r\n\r\n")
        let head = RawAnswer(head: try client.receive(until: "\r\n\r\n"))
        #expect(head.field("transfer-encoding") == nil)
        #expect(head.isClosing)
        streams.all[0].write("one\n")
        #expect(try client.receive(until: "\n") == "one\n")
        streams.all[0].write("two\n")
        streams.all[0].finish()
        #expect(try client.receiveAll() == "two\n")
        #expect(eventually { Self.isEnded(streams.all[0]) })
    }

    @Test("HEAD of a stream gets the head only, and the stream is never read")
    func headOnly() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        let client = try server.connect()
        client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let all = try client.receiveAll()
        #expect(all.hasPrefix("HTTP/1.1 200 "))
        #expect(all.hasSuffix("\r\n\r\n"))
        #expect(streams.all[0].readCount.load(ordering: .sequentiallyConsistent) == 0)
        #expect(eventually { Self.isEnded(streams.all[0]) })
    }

    @Test("a stream that aborts is seen as cut: no last chunk")
    func abort() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(eventually { streams.count == 1 })
        streams.all[0].write("one\n")
        _ = try client.receive(until: "one\n\r\n")
        streams.all[0].abort()
        #expect(try client.receiveAll() == "")
        #expect(eventually { Self.isEnded(streams.all[0]) })
    }

    @Test("a long stream arrives whole while it is written from another thread")
    func long() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.0\r\n\r\n")
        #expect(eventually { streams.count == 1 })
        let stream = streams.all[0]
        let writer = NamedThread("writer") {
            for number in 0..<20_000 { stream.write("line \(number)\n") }
            stream.finish()
        }
        let all = try client.receiveAll()
        writer.join()
        let body = all[try #require(all.firstRange(of: "\r\n\r\n")).upperBound...]
        #expect(body == (0..<20_000).map { "line \($0)\n" }.joined())
    }

    @Test("a waiting stream whose client leaves ends, without another read")
    func clientLeaves() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        do {
            let client = try server.connect()
            client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.receive(until: "\r\n\r\n")
            #expect(eventually { streams.all[0].readCount.load(ordering: .sequentiallyConsistent) == 1 })
        }
        #expect(eventually { Self.isEnded(streams.all[0]) })
        #expect(streams.all[0].readCount.load(ordering: .sequentiallyConsistent) == 1)
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("two hundred waiting streams cost no CPU")
    func idle() throws {
        let clocks = ThreadClocks()
        let server = try TestServer { _, exchange in
            clocks.addCurrentThread()
            return LineStream(exchange)
        }
        server.timekeeper.schedule(at: .now) { _ in
            clocks.addCurrentThread()
            return nil
        }
        let clients = try (0..<200).map { _ in try server.connect() }
        for client in clients { client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
        for client in clients { _ = try client.receive(until: "\r\n\r\n") }
        #expect(clocks.threadCount > 1)
        // Not to synchronise, but to have time pass: idling is what is measured.
        usleep(2_000_000)
        let before = clocks.time()
        usleep(2_000_000)
        #expect(clocks.time() - before < .milliseconds(100))
    }

    @Test("a client that takes no byte is ended after the stall time-out, and one that reads slowly is not")
    func stall() throws {
        var configuration = DaemonConfiguration()
        configuration.stallTimeout = .seconds(1)
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams, configuration)
        let stalled = try RawClient(port: server.port, receiveBufferByteCount: 4096)
        let slow = try RawClient(port: server.port, receiveBufferByteCount: 4096)
        for client in [stalled, slow] { client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
        #expect(eventually { streams.count == 2 })
        let flood = String(repeating: "x", count: 8 * 1024 * 1024)
        for stream in streams.all { stream.write(flood) }
        let deadline = MonotonicInstant.now + .seconds(4)
        while MonotonicInstant.now < deadline {
            _ = try slow.receive(max: 8192)
            usleep(10_000)
        }
        #expect(streams.all.filter(Self.isEnded).count == 1)
        #expect(eventually { server.daemon.connectionCount == 1 })
        streams.all.filter { !Self.isEnded($0) }.first?.exchange.closeConnection()
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("a stream that is blocked in writing can be closed from outside")
    func closeBlocked() throws {
        let streams = Recorder<LineStream>()
        let server = try Self.streaming(streams)
        let client = try RawClient(port: server.port, receiveBufferByteCount: 4096)
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(eventually { streams.count == 1 })
        streams.all[0].write(String(repeating: "x", count: 16 * 1024 * 1024))
        var last = 0
        #expect(
            eventually {
                usleep(100_000)
                let count = streams.all[0].readCount.load(ordering: .sequentiallyConsistent)
                defer { last = count }
                return count > 0 && count == last
            })
        streams.all[0].exchange.closeConnection()
        #expect(eventually { Self.isEnded(streams.all[0]) })
    }

    /// Writes 8,192 bytes, is silent until it is woken, and writes them once more; keeps an eye on the buffer it is given.
    private final class WatchedStream: Responder, ResponseStream {
        static let chunk = (0..<8_192).map { UInt8(ascii: "a") + UInt8($0 % 26) }

        private struct State {
            var writtenCount = 0
            var isWoken = false
            /// Where the whole pages of the buffer are.
            var pages: Range<UInt>?
        }

        private let exchange: Exchange
        private let state = Locked(State())

        init(_ exchange: Exchange) { self.exchange = exchange }

        func step(_: Exchange) -> Step { .stream(StreamResponse(headers: [:], stream: self)) }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
            state.withLock { state in
                guard state.writtenCount == 0 || state.isWoken else { return .waiting }
                state.isWoken = false
                state.writtenCount += 1
                let size = sysconf(Int32(_SC_PAGESIZE))
                let first = UInt(bitPattern: buffer.baseAddress!.alignedUp(toMultipleOf: size))
                state.pages = first..<UInt(bitPattern: (buffer.baseAddress! + buffer.count).alignedDown(toMultipleOf: size))
                buffer.copyBytes(from: Self.chunk)
                return .wrote(Self.chunk.count)
            }
        }

        func ended() {}

        func writeAgain() {
            state.withLock { $0.isWoken = true }
            exchange.wake()
        }

        /// How many pages the buffer has, and how many of them are in memory.
        var pageCounts: (all: Int, resident: Int) {
            guard let pages = state.withLock({ $0.pages }) else { return (0, 0) }
            var residency = [UInt8](repeating: 0, count: pages.count / sysconf(Int32(_SC_PAGESIZE)))
            let result = mincore(UnsafeMutableRawPointer(bitPattern: pages.lowerBound), pages.count, &residency)
            return (residency.count, result == 0 ? residency.filter { $0 & 1 == 1 }.count : -1)
        }
    }

    @Test("a stream that waits in libmicrohttpd gives its buffer's pages back, once a second at most, and loses nothing")
    func pages() throws {
        let streams = Recorder<WatchedStream>()
        let server = try TestServer(isDetaching: false) { _, exchange in
            let stream = WatchedStream(exchange)
            streams.record(stream)
            return stream
        }
        let client = try server.connect()
        let start = MonotonicInstant.now
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.receive(until: "\r\n\r\n")
        let chunk = "2000\r\n" + String(decoding: WatchedStream.chunk, as: UTF8.self) + "\r\n"
        #expect(try client.receive(until: chunk) == chunk)
        let stream = streams.all[0]
        #expect(stream.pageCounts.all >= 3)
        for _ in 0..<2 {
            #expect(eventually { stream.pageCounts.resident == 0 })
            repeat {
                stream.writeAgain()
                #expect(try client.receive(until: chunk) == chunk)
                // Not to synchronise, but to have time pass: it is quiet now and then.
                usleep(50_000)
            } while stream.pageCounts.resident != 0 && MonotonicInstant.now - start < .seconds(10)
        }
        let time = MonotonicInstant.now - start
        print("the pages of a stream that goes on were given back twice more after \(time)")
        #expect((.seconds(2) ..< .seconds(10)).contains(time))
    }
}

import Foundation
import Testing
import Threads

@testable import MicroHTTPD

@Suite("Streams that libmicrohttpd has let go of", .serialized)
struct DetachingTests {
    @Test("this libmicrohttpd lets go as it should")
    func probe() {
        #expect(DetachingProbe.isPassed)
    }

    @Test("a request that has come behind the one for the stream keeps it with libmicrohttpd, and is answered after it")
    func pipelined() throws {
        let streams = Recorder<LineStream>()
        let server = try StreamTests.streaming(streams, isDetaching: true)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        for number in 1...2 {
            let head = RawAnswer(head: try client.receive(until: "\r\n\r\n"))
            #expect(head.isClosing == (number == 2), "nothing has come behind the second")
            let stream = try #require(streams.all.last)
            #expect(streams.count == number)
            stream.finish()
            #expect(try client.receive(until: "0\r\n\r\n") == "0\r\n\r\n")
        }
    }

    @Test("what a client sends while it is streamed to is not read, and takes nothing from the end of the stream")
    func chatty() throws {
        let streams = Recorder<LineStream>()
        let server = try StreamTests.streaming(streams, isDetaching: true)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.receive(until: "\r\n\r\n")
        client.send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        let stream = try #require(streams.all.last)
        stream.write("one\n")
        stream.finish()
        #expect(try client.receiveAll() == "0004\r\none\n\r\n0\r\n\r\n")
        #expect(server.served.all == ["/stream"])
    }

    @Test("at the limit of connections, of which libmicrohttpd knows a few only, new ones wait until there is a place")
    func limit() throws {
        let streams = Recorder<LineStream>()
        var configuration = DaemonConfiguration()
        configuration.connectionsMax = 20
        configuration.workers = 4
        let server = try StreamTests.streaming(streams, configuration, isDetaching: true)
        let clients = try (0..<20).map { _ in try server.connect() }
        for client in clients {
            client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.receive(until: "\r\n\r\n")
        }
        #expect(server.daemon.connectionCount == 20)
        let late = try (0..<3).map { _ in try server.connect() }
        for client in late { client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
        for (number, client) in late.enumerated() {
            #expect(server.daemon.connectionCount == 20)
            #expect(streams.count == 20 + number, "the next one waits")
            streams.all[number].finish()
            #expect(try clients[number].receiveAll() == "0\r\n\r\n")
            _ = try client.receive(until: "\r\n\r\n")
        }
        #expect(streams.count == 23 && server.daemon.connectionCount == 20)
    }

    @Test("streams that begin at once are taken one after the other where hardly any descriptors may be open twice")
    func fewSpares() throws {
        let streams = Recorder<LineStream>()
        var configuration = DaemonConfiguration()
        configuration.sparesMax = 1
        configuration.workers = 1
        let server = try StreamTests.streaming(streams, configuration, isDetaching: true)
        let clients = try (0..<100).map { _ in try server.connect() }
        for client in clients { client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
        for client in clients {
            #expect(RawAnswer(head: try client.receive(until: "\r\n\r\n")).isClosing, "it was taken")
        }
        #expect(streams.count == clients.count)
        for stream in streams.all {
            stream.write("x")
            stream.finish()
        }
        for client in clients { #expect(try client.receiveAll() == "0001\r\nx\r\n0\r\n\r\n") }
        #expect(eventually { streams.all.allSatisfy { StreamTests.isEnded($0) } })
    }

    /// Always has one more byte, and takes its time for it, so that the client never lags behind.
    private final class EndlessStream: Responder, ResponseStream {
        func step(_: Exchange) -> Step { .stream(StreamResponse(headers: [:], stream: self)) }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
            usleep(1_000)
            buffer[0] = UInt8(ascii: "x")
            return .wrote(1)
        }

        func ended() {}
    }

    @Test("a stream that always has more does not keep those who share its thread waiting")
    func turns() throws {
        let streams = Recorder<LineStream>()
        let server = try TestServer(isDetaching: true) { request, exchange in
            if request.target == Array("/endless".utf8) { return EndlessStream() }
            let stream = LineStream(exchange)
            streams.record(stream)
            return stream
        }
        // One for each thread, in turns.
        let endless = try (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))).map { _ in try server.connect() }
        for client in endless {
            client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.receive(until: "x\r\n")
        }
        let client = try server.connect()
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.receive(until: "\r\n\r\n")
        for number in 0..<10 {
            streams.all[0].write("\(number)\n")
            #expect(try client.receive(until: "\(number)\n\r\n") == "0002\r\n\(number)\n\r\n")
        }
        // Ended by their clients, as they never end.
        for client in endless { client.setResetOnClose() }
    }

    @Test("a daemon that has stopped keeps none of what its streams were served with")
    func stopping() throws {
        // More than other tests, which run at the same time, have of them.
        let count = 100
        let before = try Self.openEpollCount()
        for _ in 0..<count {
            let streams = Recorder<LineStream>()
            let server = try StreamTests.streaming(streams, isDetaching: true)
            let client = try server.connect()
            client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.receive(until: "\r\n\r\n")
        }
        let after = try Self.openEpollCount()
        #expect(after - before < count / 2, "\(before) before, \(after) after")
    }

    private static func openEpollCount() throws -> Int {
        let descriptors = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: descriptors).count { name in
            // One may be closed between the two looks.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\(name)")) == "anon_inode:[eventpoll]"
        }
    }
}

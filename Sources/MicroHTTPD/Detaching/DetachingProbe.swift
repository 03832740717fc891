import CMicroHTTPD
import Glibc
import Synchronization
import Threads

/// Tries out, once in a process, whether libmicrohttpd lets go of a connection as the `DetachedEngine` needs it.
enum DetachingProbe {
    /// How long each of its reads may take.
    private static let patience = 2

    static let isPassed = pass()

    /// One client gets an answer that it waits for, asks again on the same connection, and gets the beginning of a stream; a second
    /// one gets another, by which time the only worker is done with the first; then the first gets the end of its stream.
    private static func pass() -> Bool {
        let bodies = Bodies()
        var configuration = DaemonConfiguration()
        configuration.workers = 1
        configuration.settleTime = .milliseconds(1)
        do {
            let listener = try ListenSocket("127.0.0.1:0")
            let timekeeper = try Timekeeper(name: "probe")
            defer { timekeeper.stop() }
            let daemon = try Daemon(
                unprobed: listener, configuration, timekeeper, log: { _ in }, warn: { _ in },
                refuse: { _, _ in Response(status: .badRequest) }, head: { _ in nil },
                respond: { request, _ in
                    switch request.target {
                    case Array("/wait".utf8): Waiting(timekeeper)
                    case Array("/stream".utf8): bodies
                    default: Bodies()
                    }
                })
            defer { daemon.stop() }
            let first = try Client(port: listener.port)
            let second = try Client(port: listener.port)
            guard first.ask("/wait", awaiting: "\r\n\r\nwaited"), first.ask("/stream", awaiting: "1\r\na\r\n"),
                second.ask("/", awaiting: "1\r\na\r\n")
            else { return false }
            bodies.finish()
            return first.read(until: "1\r\nb\r\n0\r\n\r\n")
        } catch {
            return false
        }
    }

    /// Answers when its request has been detached.
    private final class Waiting: Responder {
        /// How long it waits before it looks, and twice as long each time: whoever looks is not detached.
        private let pause = Atomic<Int64>(10)
        private let timekeeper: Timekeeper

        init(_ timekeeper: Timekeeper) {
            self.timekeeper = timekeeper
        }

        func step(_ exchange: Exchange) -> Step {
            if exchange.isDetached { return .respond(Response(status: .ok, body: Array("waited".utf8))) }
            let milliseconds = pause.load(ordering: .relaxed)
            pause.store(2 * milliseconds, ordering: .relaxed)
            timekeeper.schedule(at: .now + .milliseconds(milliseconds)) { _ in
                exchange.wake()
                return nil
            }
            return .park
        }

        func ended() {}

        var waitsLong: Bool { true }
    }

    /// A stream of an "a" and, after a wake-up, a "b".
    private final class Bodies: Responder, ResponseStream {
        private struct State {
            var exchange: Exchange?
            var left: [UInt8] = [UInt8(ascii: "a")]
            var isFinished = false
        }

        private let state = Locked(State())

        func finish() {
            let exchange = state.withLock { state in
                state.left.append(UInt8(ascii: "b"))
                state.isFinished = true
                return state.exchange
            }
            exchange?.wake()
        }

        func step(_ exchange: Exchange) -> Step {
            state.withLock { $0.exchange = exchange }
            return .stream(StreamResponse(headers: [:], stream: self))
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
            state.withLock { state in
                if state.left.isEmpty { return state.isFinished ? .end : .waiting }
                buffer[0] = state.left.removeFirst()
                return .wrote(1)
            }
        }

        func ended() {
            state.withLock { $0.exchange = nil }
        }
    }

    /// A client of the probe.
    private final class Client {
        private let descriptor: Int32
        private var received = ""

        init(port: UInt16) throws(SystemError) {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw SystemError("socket") }
            var timeout = timeval(tv_sec: DetachingProbe.patience, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeBytes(of: &address) {
                connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
            }
            guard result == 0 else { throw SystemError("connect") }
        }

        deinit { close(descriptor) }

        func ask(_ target: String, awaiting end: String) -> Bool {
            let request = Array("GET \(target) HTTP/1.1\r\nHost: probe\r\n\r\n".utf8)
            return send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count && read(until: end)
        }

        func read(until end: String) -> Bool {
            var buffer = [UInt8](repeating: 0, count: 1024)
            while !received.hasSuffix(end) {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return false }
                received += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            return true
        }
    }
}

import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Requests that are far too large")
    struct HugeHeadTests {
        private static let requests: [(what: String, bytes: [UInt8], statuses: Set<Int>)] = [
            ("a target of 1 MB", huge("GET /wait?channel=", "x", 1_000_000, " HTTP/1.1\r\nHost: localhost\r\n\r\n"), [414]),
            ("a target of 17 KB", huge("GET /wait?channel=", "x", 17_000, " HTTP/1.1\r\nHost: localhost\r\n\r\n"), [414]),
            ("a field of 1 MB", huge("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", "x", 1_000_000, "\r\n\r\n"), [431]),
            ("10,000 fields", huge("GET /healthz HTTP/1.1\r\nHost: localhost\r\n", "X-A: b\r\n", 10_000, "\r\n"), [431]),
            ("10,000 arguments", huge("GET /wait?", "a=b&", 10_000, " HTTP/1.1\r\nHost: localhost\r\n\r\n"), [414]),
            ("a method of 100 KB", huge("", "G", 100_000, " / HTTP/1.1\r\nHost: localhost\r\n\r\n"), [400, 413, 414, 431]),
            (
                "a body of 100 MB announced",
                Array("POST /post?channel=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n".utf8), [413]
            ),
        ]

        private static func huge(_ head: String, _ unit: String, _ count: Int, _ end: String) -> [UInt8] {
            Array((head + String(repeating: unit, count: count) + end).utf8)
        }

        /// Sends until the server takes no more, and reads what it says.
        private static func status(of bytes: [UInt8], at server: ServerProcess) throws -> Int? {
            let crowd = Crowd(port: server.port)
            try crowd.join(1) { _ in [] }
            guard try crowd.read(within: .seconds(20), until: { crowd in
                let sentCount = crowd.members[0].sentByteCount
                if sentCount < bytes.count { crowd.send(Array(bytes[sentCount...]), from: 0) }
                return crowd.members[0].status != nil || crowd.openCount == 0
            }) else { throw TestSupportError("neither answered nor closed") }
            return crowd.members[0].status
        }

        @Test("fault 32: huge targets, fields and heads are refused with 414 or 431, and other clients notice nothing")
        func fault32() async throws {
            try await offPool { try Scene() }.play(32, "huge heads") { scene in
                let end = MonotonicInstant.now + .seconds(15)
                let counts = try atOnce(4) { thread in
                    var count = 0
                    while MonotonicInstant.now < end {
                        let request = Self.requests[(count + thread) % Self.requests.count]
                        let status = try Self.status(of: request.bytes, at: scene.server)
                        guard request.statuses.contains(status ?? 0) else {
                            throw TestSupportError("\(request.what) was answered \(String(describing: status))")
                        }
                        count += 1
                    }
                    return count
                }
                return "\(counts.reduce(0, +)) requests of \(Self.requests.count) kinds refused in 15 s"
            }
        }
    }
}

import Glibc
import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("A server that gets no time")
    struct StoppedServerTests {
        private static let byteCount = 4_000

        /// A reader beside the canary, of a channel that keeps less than what comes while the server stands still.
        private static func follow(_ stream: EventStream, to last: () -> Int?) throws -> FloodReader {
            var reader = FloodReader(byteCount: byteCount)
            while reader.last != last() {
                guard let event = try stream.next() else { throw TestSupportError("the stream has ended") }
                try reader.take(type: event.type, data: event.data)
            }
            return reader
        }

        @Test(
            """
            fault 22: the server is stopped for a minute while notifications come, and goes on: whatever it did not hear or \
            keep is in a gap, and its memory stays within its histories
            """)
        func fault22() async throws {
            let length = RunLength.of(full: Duration.seconds(60), short: .seconds(15))
            // The canary's requests wait as long as the server does not run.
            let bounds = Bounds(gapReasons: ["expired", "overflow", "reconnected"], post: length + .seconds(30))
            try await offPool { try Scene() }.play(22, "server stopped for \(length.inSeconds) s", bounds) { scene in
                let server = scene.server
                let before = try server.residentBytes
                let most = Locked(before)
                let count = Locked<Int?>(nil)
                let readers = try atOnce(2) { thread -> FloodReader? in
                    if thread == 0 {
                        let stream = try EventStream("channel=flooded", at: server, patience: length + .seconds(60))
                        return try Self.follow(stream) { count.withLock { $0 } }
                    }
                    try server.waitUntilHeld(1, on: "flooded")
                    let start = MonotonicInstant.now
                    var isStopped = false
                    let posted = try scene.flood("flooded", byteCount: Self.byteCount, perSecond: 500) {
                        let passed = MonotonicInstant.now - start
                        if passed > .seconds(2), !isStopped, passed < length {
                            server.signal(SIGSTOP)
                            isStopped = true
                        }
                        if passed > length + .seconds(2), isStopped {
                            server.signal(SIGCONT)
                            isStopped = false
                        }
                        let now = try server.residentBytes
                        most.withLock { $0 = max($0, now) }
                        return passed > length + .seconds(6)
                    }
                    count.withLock { $0 = posted + 1 }
                    try scene.psql("SELECT pg_notify('flooded', rpad(\(posted + 1) || ' ', \(Self.byteCount), 'x'))")
                    return nil
                }
                let grown = most.withLock { $0 } - before
                // One history of 8 MiB and what is on its way, as it is and rendered.
                #expect(grown < 64 << 20)
                let reader = try #require(readers[0])
                let queue = try scene.psql("SELECT pg_notification_queue_usage()")
                return "\(reader.seenCount) of \(reader.last) seen, gaps \(reader.gapReasons); "
                    + "\(grown >> 20) MiB more at most; notification queue \(queue) full afterwards"
            }
        }

        @Test(
            """
            fault 53: with a tenth of a processor, in slices, the server loses nothing and breaks off nothing
            """)
        func fault53() async throws {
            let length = RunLength.of(full: Duration.seconds(120), short: .seconds(15))
            let bounds = Bounds(post: .seconds(10))
            try await offPool { try Scene() }.play(53, "a tenth of a processor", bounds) { scene in
                let server = scene.server
                let waiters = try server.hold(500, on: "starved", patience: .seconds(60))
                defer { server.signal(SIGCONT) }
                let end = MonotonicInstant.now + length
                var sliceCount = 0
                while MonotonicInstant.now < end {
                    // The slices are the fault itself.
                    server.signal(SIGSTOP)
                    usleep(90_000)
                    server.signal(SIGCONT)
                    usleep(10_000)
                    sliceCount += 1
                }
                let areQuiet = waiters.allSatisfy(\.isQuiet)
                #expect(areQuiet)
                try server.post("x", to: "starved")
                for waiter in waiters { #expect(try waiter.readResponse().text == "x\n") }
                for waiter in waiters { try waiter.reset() }
                return "\(sliceCount) slices of 10 ms in \(length.inSeconds) s"
            }
        }
    }
}

import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("A server that ends under load")
    struct EndingTests {
        private static let pollCount = 1_000
        private static let streamCount = 200
        private static let byteCount = 7_900

        /// So many polls and streams are held while posters post as fast as they can, and the server is stopped.
        private static func stop(_ scene: Scene, _ round: Int) throws -> Duration {
            let server = scene.server
            let crowd = Crowd(port: server.port)
            try crowd.join(pollCount) { RawConnection.bytes(ofRequest: "/wait?channel=held\($0 % 10)") }
            try crowd.join(streamCount) { index in
                RawConnection.bytes(ofRequest: "/wait?channel=busy&mode=\(index.isMultiple(of: 2) ? "sse" : "stream")")
            }
            try crowd.read(within: .seconds(30)) { crowd in crowd.members.suffix(streamCount).allSatisfy { $0.status == 200 } }
            let port = server.port
            let writings = WritingLog()
            let isOver = Locked(false)
            let witness = try Witness(["busy"], database: scene.conninfo)
            defer { witness.stop() }
            let posters = (0..<4).map { poster in
                NamedThread("poster") {
                    do {
                        let writer = PostWriter("round\(round)-\(poster)", ["busy"]) { port }
                        try writer.write(to: writings) { isOver.withLock { $0 } }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
            try blockUntil("posts go through") { writings.writings.count > 200 }
            let time = Locked(Duration.zero)
            let exit = Locked<Result<ChildProcess.Exit, any Error>?>(nil)
            let stopper = NamedThread("stopper") {
                let start = MonotonicInstant.now
                let result = Result { try scene.restart(SIGTERM) }
                exit.withLock { $0 = result }
                time.withLock { $0 = .now - start }
            }
            try crowd.read(within: .seconds(30)) { $0.openCount == 0 }
            stopper.join()
            isOver.withLock { $0 = true }
            for poster in posters { poster.join() }
            let ended = try exit.withLock { $0 }?.get()
            #expect(ended == .code(0))
            // I5: each has an answer or its end, and no answer is anything else than it should be.
            #expect(crowd.openCount == 0)
            for member in crowd.members.prefix(pollCount) { #expect(member.status == 503) }
            for member in crowd.members.suffix(streamCount) {
                #expect(member.received.suffix(5).elementsEqual("0\r\n\r\n".utf8), "cut off in the middle")
            }
            let acknowledged = writings.writings.filter { $0.outcome == .acknowledged }.map(\.payload)
            try blockUntil("every 200 was true", within: .seconds(10)) {
                Set(acknowledged).isSubset(of: witness.witnessed.map(\.payload))
            }
            let refused = writings.writings.filter { $0.outcome == .notPosted }.map(\.payload)
            #expect(Set(refused).isDisjoint(with: witness.witnessed.map(\.payload)))
            return time.withLock { $0 }
        }

        @Test(
            """
            fault 47: SIGTERM under load: every request that is held gets its end, every 200 is true, and the server ends with \
            0 in time
            """)
        func fault47() async throws {
            let bounds = Bounds(gapReasons: ["restarted"], clientCount: Self.pollCount + Self.streamCount)
            let rounds = RunLength.of(full: 10, short: 3)
            try await offPool { try Scene() }.play(47, "SIGTERM under load, \(rounds) times", bounds) { scene in
                let times = try (0..<rounds).map { try Self.stop(scene, $0) }.sorted()
                // drain_timeout is 9 s; the next server has come up within the time, too.
                #expect(times[rounds - 1] < .seconds(20))
                return "\(Self.pollCount) polls, \(Self.streamCount) streams and 4 posters: ended, and started again, after "
                    + "\(times[0].inSeconds) to \(times[rounds - 1].inSeconds) s"
            }
        }

        /// What a reader has been sent until the server was killed: every event that is whole is a payload that was posted.
        private static func check(_ received: [UInt8]) throws -> Int {
            var response = StreamedResponse()
            var parser = EventStreamParser()
            var reader = FloodReader(byteCount: byteCount)
            for event in parser.take(try response.take(received)) { try reader.take(type: event.type, data: event.data) }
            return reader.seenCount
        }

        @Test(
            """
            fault 48: SIGKILL under load: no reader takes a part of a notification for a whole one, readers come back and are \
            told of the gap
            """)
        func fault48() async throws {
            let bounds = Bounds(gapReasons: ["restarted"], clientCount: 50)
            let rounds = RunLength.of(full: 10, short: 3)
            try await offPool { try Scene() }.play(48, "SIGKILL under load, \(rounds) times", bounds) { scene in
                var eventCount = 0
                var tornCount = 0
                for round in 0..<rounds {
                    let server = scene.server
                    let crowd = Crowd(port: server.port)
                    try crowd.join(50) { _ in RawConnection.bytes(ofRequest: "/wait?channel=torn\(round)&mode=sse") }
                    try crowd.read(within: .seconds(30)) { crowd in crowd.members.allSatisfy { $0.status == 200 } }
                    let start = MonotonicInstant.now
                    let flood = NamedThread("flood") {
                        do {
                            let channel = "torn\(round)"
                            _ = try scene.flood(channel, byteCount: Self.byteCount, perSecond: 400) {
                                MonotonicInstant.now - start > .seconds(1)
                            }
                        } catch {
                            Issue.record(error)
                        }
                    }
                    let killer = NamedThread("killer") {
                        // At any moment of the flood: nothing waits for this.
                        usleep(UInt32.random(in: 300_000...900_000))
                        server.signal(SIGKILL)
                    }
                    let areCut = try crowd.read(within: .seconds(30)) { $0.openCount == 0 }
                    #expect(areCut)
                    killer.join()
                    try scene.restart(SIGKILL)
                    flood.join()
                    for member in crowd.members {
                        eventCount += try Self.check(member.received)
                        if !member.received.suffix(5).elementsEqual("x\n\n\r\n".utf8) { tornCount += 1 }
                    }
                }
                #expect(eventCount > 0)
                return "\(eventCount) events of \(Self.byteCount) bytes were whole; "
                    + "\(tornCount) of \(50 * rounds) streams ended in the middle of one"
            }
        }
    }
}

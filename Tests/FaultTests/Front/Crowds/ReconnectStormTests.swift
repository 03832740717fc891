import Glibc
import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("All come back at once")
    struct ReconnectStormTests {
        private static let count = 5_000

        /// - Parameter signal: ends the server.
        private static func storm(_ scene: Scene, _ signal: Int32) throws -> String {
            let crowd = EventSourceCrowd(count, port: scene.server.port) { "storm\($0 % 50)" }
            guard try crowd.run(within: .seconds(60), until: { $0.sources.allSatisfy(\.isAttached) }) else {
                throw TestSupportError("not all came in the first time")
            }
            try scene.psql("SELECT pg_notify('storm' || n, 'before') FROM generate_series(0, 49) n")
            let haveHeard = try crowd.run(within: .seconds(20)) { $0.sources.allSatisfy { $0.payloads == ["before"] } }
            #expect(haveHeard)
            // On a thread of its own: they read while the server ends, and try again while there is none.
            let exit = Locked<Result<(ChildProcess.Exit, MonotonicInstant), any Error>?>(nil)
            let restart = NamedThread("restart") {
                let result = Result { (try scene.restart(signal), MonotonicInstant.now) }
                exit.withLock { $0 = result }
            }
            let areBack = try crowd.run(within: .seconds(60)) { crowd in
                exit.withLock { $0 != nil } && crowd.sources.allSatisfy { $0.isAttached && $0.cutCount > 0 }
            }
            restart.join()
            #expect(areBack, "\(crowd.sources.count { !$0.isAttached }) did not come back")
            guard let (ended, accepting) = try exit.withLock({ $0 })?.get() else { throw TestSupportError("no restart") }
            #expect(ended == (signal == SIGTERM ? .code(0) : .signal(signal)))
            try scene.psql("SELECT pg_notify('storm' || n, 'after') FROM generate_series(0, 49) n")
            let hearAgain = try crowd.run(within: .seconds(20)) { $0.sources.allSatisfy { $0.payloads.last == "after" } }
            #expect(hearAgain)
            for source in crowd.sources {
                #expect(source.payloads == ["before", "after"])
                // A run of the server does not know the ids of the one before it.
                #expect(source.gapReasons == ["restarted"])
            }
            let attached = crowd.sources.compactMap(\.attached).map { $0 - accepting }.sorted()
            // The jitter is up to 3 s, and one who was refused waits as long once more.
            #expect(attached[count - 1] < .seconds(30))
            crowd.leave()
            return "back from \(attached[0].inSeconds) to \(attached[count - 1].inSeconds) s after the restart, "
                + "half of them by \(attached[count / 2].inSeconds) s"
        }

        @Test(
            """
            fault 41: after a restart 5,000 EventSources come back by their jittered delays, none of them gives up, and each is \
            told of its gap once
            """, arguments: [SIGTERM, SIGKILL])
        func fault41(signal: Int32) async throws {
            let bounds = Bounds(gapReasons: ["restarted"], clientCount: Self.count)
            let name = "5,000 EventSources, server restarted by \(signal == SIGTERM ? "SIGTERM" : "SIGKILL")"
            try await offPool { try Scene() }.play(41, name, bounds) { scene in
                try Self.storm(scene, signal)
            }
        }
    }
}

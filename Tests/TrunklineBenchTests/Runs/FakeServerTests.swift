import TestSupport
import Testing
import Threads

@testable import TrunklineBench

@Suite("A run against a server", .timeLimit(.minutes(1)))
struct FakeServerTests {
    @Test("that is honest finds nothing wrong")
    func honest() async throws {
        let server = try FakeServer()
        let result = try await run(.fanout, server.url) { $0.channelCount = 2 }
        #expect(result.isClean == true, "\(result)")
        #expect(result.postCount == 100)
        #expect(result.count == 250)
        #expect(result.opening?.establishedCount == 5)
        #expect(result.latency != nil && result.rate > 0)
    }

    @Test("that loses deliveries counts them as missing")
    func losing() async throws {
        let server = try FakeServer(.init(loses: 10))
        let result = try await run(.fanout, server.url) { _ in }
        #expect(result.deliveries?.missing == 50)
        #expect(result.deliveries?.missingDeclared == 0)
        #expect(result.count == 450)
        #expect(result.isClean == false)
    }

    @Test("that delivers twice counts what came twice")
    func doubling() async throws {
        let server = try FakeServer(.init(doubles: 7))
        let result = try await run(.fanout, server.url) { _ in }
        #expect(result.deliveries?.duplicates == 71)
        #expect(result.deliveries?.missing == 0)
        #expect(result.count == 500)
        #expect(result.isClean == false)
    }

    @Test("that declares a gap tells what is missing after one apart")
    func declaring() async throws {
        let server = try FakeServer(.init(tellsGap: 100))
        let result = try await run(.fanout, server.url) { _ in }
        #expect(result.deliveries?.gaps == 5)
        #expect(result.deliveries?.missing == 5)
        #expect(result.deliveries?.missingDeclared == 5)
    }

    @Test("that refuses some posts shows the first text, and misses none of those")
    func refusingPosts() async throws {
        let server = try FakeServer(.init(refuses: (4, "503 Service Unavailable", "the database\r\nis away")))
        let result = try await run(.fanout, server.url) { _ in }
        #expect(result.faults.refusals.map(\.status) == [503])
        #expect(result.faults.refusals.first?.count == 25)
        #expect(result.faults.refusals.first?.text == "the database is away")
        #expect(result.postCount == 75)
        #expect(result.deliveries?.missing == 0)
        #expect(result.count == 375)
    }

    @Test("that hangs up on a post it delivers counts the connection, and neither misses nor counts the post")
    func hangingUp() async throws {
        let server = try FakeServer(.init(hangsUp: 10))
        let result = try await run(.fanout, server.url) { $0.posterCount = 1 }
        #expect(result.faults.closed == 10)
        #expect(result.postCount == 90)
        #expect(result.deliveries?.missing == 0)
        #expect(result.count == 450)
    }

    @Test("that lets no reader in ends at once", arguments: [Benchmark.Work.fanout, .hold])
    func refusingReaders(_ work: Benchmark.Work) async throws {
        let server = try FakeServer(.init(refusesWaits: ("403 Forbidden", "not you")))
        let result = try await run(work, server.url) { $0.limit = .duration(.milliseconds(10)) }
        #expect(result.opening?.establishedCount == 0)
        #expect(result.faults.refusals.map(\.count) == [5])
        #expect(result.faults.refusals.first?.text == "not you")
        #expect(result.isClean == false)
    }

    @Test("that takes no post at all ends early")
    func hopeless() async throws {
        let server = try FakeServer(.init(refuses: (1, "403 Forbidden", "not from here")))
        let result = try await run(.post, server.url) { $0.limit = .duration(.seconds(40)) }
        #expect(result.count == 0)
        #expect(result.seconds < 30)
        #expect(result.faults.refusals.first?.text == "not from here")
    }

    @Test("goes to and fro with each pair on its own")
    func pairs() async throws {
        let server = try FakeServer()
        let result = try await run(.roundtrip, server.url) { settings in
            settings.readerCount = 3
            settings.posterCount = 3
            settings.channelCount = 3
        }
        #expect(result.isClean == true, "\(result)")
        #expect(result.count == 100)
        #expect(result.repeatedCount == 0)
    }

    @Test("does no more than it is to, with more connections than that", arguments: [Benchmark.Work.post, .roundtrip])
    func fewerThanConnections(_ work: Benchmark.Work) async throws {
        let server = try FakeServer()
        let result = try await run(work, server.url) { settings in
            settings.readerCount = 8
            settings.posterCount = 8
            settings.channelCount = 8
            settings.limit = .count(3)
        }
        #expect(result.count == 3)
    }

    @Test("posts again for a round trip that was lost")
    func lostPairs() async throws {
        let server = try FakeServer(.init(loses: 10))
        let result = try await run(.roundtrip, server.url) { settings in
            settings.readerCount = 1
            settings.posterCount = 1
            settings.limit = .count(20)
            settings.warmUp = .zero
        }
        #expect(result.count == 20)
        #expect(result.repeatedCount == 2)
        #expect(result.deliveries?.missing == 2)
    }

    @Test("posts at its rate")
    func rate() async throws {
        let server = try FakeServer()
        let result = try await run(.post, server.url) { settings in
            settings.rate = 200
            settings.limit = .duration(.milliseconds(500))
        }
        // Late ones are made up for, so that only those at the very end can be missing, however slow the machine.
        #expect((50...106).contains(result.count), "\(result.count)")
    }

    @Test("ends early with its result when it is told to")
    func stopping() async throws {
        let server = try FakeServer()
        let stop = try EventDescriptor()
        let result = try await run(.fanout, server.url, stop: stop) { settings in
            settings.limit = .duration(.seconds(40))
            settings.rate = 100
            settings.progress = { _ in stop.signal() }
        }
        #expect(result.isInterrupted == true)
        #expect(result.isClean == true, "\(result)")
        #expect((result.postCount ?? 0) > 0)
    }

    @Test("that is not there says why")
    func nobody() async throws {
        let port = try RawConnection.unusedPort()
        for work in [Benchmark.Work.post, .fanout, .roundtrip, .hold] {
            let error = await #expect(throws: BenchError.self) {
                try await run(work, "http://127.0.0.1:\(port)") { settings in
                    settings.readerCount = 2
                    settings.channelCount = 2
                }
            }
            #expect(error == .unreachable("connect: Connection refused"))
        }
    }
}

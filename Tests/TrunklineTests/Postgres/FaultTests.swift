import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("Faults of PostgreSQL", .timeLimit(.minutes(2 * Slowdown.factor)))
struct FaultTests {
    private func posting(_ timeout: Duration) -> HubConfiguration {
        var configuration = HubConfiguration()
        configuration.postTimeout = timeout
        return configuration
    }

    @Test(
        "the database is restarted while 200 wait: all are held, and the next posts answer all",
        arguments: [
            PostgresCluster.StopMode.fast, .immediate,
        ])
    func restart(mode: PostgresCluster.StopMode) async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster) { stand in
            let waits = (0..<200).map { number in
                Task { try await stand.hub.wait(on: ChannelName(stringLiteral: "c\(number % 20)"))?.payload.description }
            }
            for number in 0..<20 { try await stand.untilArmed(ChannelName(stringLiteral: "c\(number)"), 10) }
            try await offPool { try cluster.restart(mode) }
            try await stand.untilReady()
            for number in 0..<20 { try await stand.untilArmed(ChannelName(stringLiteral: "c\(number)"), 10) }
            #expect(stand.readerCount == 200)
            #expect(
                try await offPool { try cluster.activity() }.map(\.applicationName).sorted() == [
                    "trunkline listener", "trunkline poster",
                ])
            for number in 0..<20 {
                try await stand.hub.post(Payload(stringLiteral: "\(number)"), to: ChannelName(stringLiteral: "c\(number)"))
            }
            for (number, wait) in waits.enumerated() { #expect(try await wait.value == "\(number % 20)") }
        }
    }

    @Test("while a stranger holds the notification lock, posts are certainly not posted, in time; after it they are")
    func notificationLock() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster, posting(.seconds(1))) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            let stranger = try await offPool { try cluster.holdNotificationLock() }
            var begin = MonotonicInstant.now
            let error = await #expect(throws: TrunklineError.self) { try await stand.hub.post("alone", to: "foo") }
            #expect(error?.code == .notPosted)
            #expect(error?.message.contains("notification lock") == true)
            #expect(MonotonicInstant.now - begin < .seconds(5))

            // Identical posts are transactions of their own, each of which waits for the lock.
            begin = .now
            let recorder = PostRecorder()
            for number in 0..<200 {
                let post = recorder.post(number, [("foo", "same")])
                stand.hub.post(post.items, completion: post.answer)
            }
            try await eventually("all are answered", within: .seconds(5)) { recorder.answeredCount == 200 }
            for number in 0..<200 { #expect(recorder.codes(number) == [.notPosted]) }

            try await offPool {
                try cluster.releaseNotificationLock()
                try stranger.finish()
            }
            try await eventually("posts work again", within: .seconds(30)) {
                do throws(TrunklineError) {
                    try await stand.hub.post("after", to: "foo")
                    return true
                } catch {
                    return false
                }
            }
            try await eventually("the post has come") { reader.payloads.contains("after") }
            #expect(Set(reader.payloads) == ["after"])
            #expect(reader.gaps == [])
            reader.leave()
        }
    }

    @Test("when the poster's session is ended again and again, what is said of each post is true")
    func posterTerminated() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            let isOver = Locked(false)
            let recorder = PostRecorder()
            let posting = Task {
                var number = 0
                while !isOver.withLock({ $0 }) {
                    let burst = number..<number + 20
                    for number in burst {
                        let post = recorder.post(number, [("foo", Payload(stringLiteral: "\(number)"))])
                        stand.hub.post(post.items, completion: post.answer)
                    }
                    number = burst.upperBound
                    try await eventually("the burst is answered") { recorder.answeredCount == number }
                }
                return number
            }
            for _ in 0..<10 {
                try await eventually("the poster is back", within: .seconds(30)) { stand.hub.core.posterState == .up }
                _ = try await offPool { try cluster.terminateBackend(applicationName: "trunkline poster") }
            }
            isOver.withLock { $0 = true }
            let count = try await posting.value
            try await eventually("a post arrives again", within: .seconds(30)) {
                do throws(TrunklineError) {
                    try await stand.hub.post("the end", to: "foo")
                    return true
                } catch {
                    return false
                }
            }
            try await eventually("the end has come") { reader.payloads.contains("the end") }
            let seen = reader.payloads.filter { $0 != "the end" }
            #expect(Set(seen).count == seen.count)
            let isSeen = Set(seen)
            for number in 0..<count {
                switch recorder.codes(number) {
                case [nil]: #expect(isSeen.contains("\(number)"), "\(number) was posted and not seen")
                case [.notPosted]: #expect(!isSeen.contains("\(number)"), "\(number) was not posted and was seen")
                case [.outcomeUnknown]: break
                case let codes: Issue.record("\(number): \(codes)")
                }
            }
            reader.leave()
        }
    }

    @Test("posts while PostgreSQL is down are certainly not posted, in time")
    func down() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.stop()
            return cluster
        }
        try await HubStand.on(cluster, posting(.milliseconds(300)), waitsUntilReady: false) { stand in
            try await eventually("the hub says what is wrong") {
                stand.hub.core.posterState != .down("the poster has not connected yet")
            }
            let begin = MonotonicInstant.now
            let error = await #expect(throws: TrunklineError.self) { try await stand.hub.post("bar", to: "foo") }
            let waited = MonotonicInstant.now - begin
            #expect(error?.code == .notPosted)
            #expect(error?.message.contains("cannot connect") == true)
            #expect(waited >= .milliseconds(300))
            #expect(waited < .milliseconds(1_500))
        }
    }

    @Test("a post that is made while PostgreSQL is down is posted when it comes up in time, and a waiter gets it")
    func comesUp() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.stop()
            return cluster
        }
        try await HubStand.on(cluster, posting(.seconds(60)), waitsUntilReady: false) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("the hub says what is wrong") {
                stand.hub.core.complaint?.contains("cannot connect") == true
            }
            async let posting: Void = stand.hub.post("patient", to: "foo")
            try await offPool { try cluster.start() }
            try await posting
            try await eventually("armed", within: .seconds(30)) { reader.isArmed }
            try await stand.hub.post("then", to: "foo")
            try await eventually("it has come") { reader.payloads.last == "then" }
            reader.leave()
        }
    }
}

import Foundation
import TestSupport
import Testing
import Threads

@Suite("A gap", .serialized)
struct GapTests {
    @Test("expired: its id is the place of the last that was dropped, and what is kept follows")
    func expired() async throws {
        try await offPool {
            let wire = try Wire(["--history-count", "3"])
            let start = try wire.cursor()
            for number in 1...8 { try wire.post("\(number)") }
            let poll = try wire.poll("channel=a&limit=100&since=\(start)")
            let gap = try #require(poll.gap)
            #expect((gap.reason, gap.channels, gap.after) == ("expired", ["a"], start))
            #expect(poll.notifications == [])
            #expect((poll.cursor, position(of: gap.id)) == (gap.id, position(of: start) + 5))
            let rest = try wire.poll("channel=a&limit=100&since=\(poll.cursor)")
            #expect((rest.gap, rest.notifications.map(\.payload)) == (nil, ["6", "7", "8"]))
        }
    }

    @Test("is told in a text poll by a 204 with its reason, and never by a 304")
    func inText() async throws {
        try await offPool {
            let wire = try Wire(["--history-count", "0"])
            let start = try wire.cursor()
            try wire.post("lost")
            let response = try wire.request("/wait?channel=a", ["If-None-Match: \"\(start)\""])
            #expect((response.status, response["Trunkline-Gap"]) == (204, "expired"))
            #expect(response["Trunkline-Cursor"].map { position(of: $0) } == position(of: start) + 1)
        }
    }

    @Test("is never told to a quiet channel, however old the cursor, and however busy the others")
    func quietChannel() async throws {
        try await offPool {
            let wire = try Wire(["--history-age", "0.2", "--history-count", "2"])
            try wire.post("b", to: "a")
            let start = try wire.cursor("channel=a&channel=b")
            for number in 0..<10 { try wire.post("\(number)", to: "b") }
            let past = MonotonicInstant.now + .milliseconds(400)
            try blockUntil("the history's age has passed") { .now >= past }
            let response = try wire.request("/wait?channel=a&timeout=0.05", ["If-None-Match: \"\(start)\""])
            #expect(response.status == 304)
            #expect(try wire.poll("channel=b&since=\(start)").gap?.reason == "expired")
            try wire.post("x")
            #expect(try wire.poll("channel=a&since=\(start)").notifications.map(\.payload) == ["x"])
        }
    }

    @Test("unlistened: a channel nobody listened to for a time cannot pass for quiet")
    func unlistened() async throws {
        try await offPool {
            let wire = try Wire(["--linger", "0"])
            let start = try wire.cursor()
            try blockUntil("the channel is given up") { try wire.channel("a") == nil }
            try wire.cluster.psql("NOTIFY a, 'unheard'", database: wire.database)
            let stream = try wire.open("/wait?channel=a&mode=stream&format=json&since=\(start)")
            #expect(try stream.readHead().status == 200)
            #expect(try line(stream).contains("\"cursor\":null"))
            let gap = try line(stream)
            #expect(gap.contains("\"reason\":\"unlistened\"") && gap.contains("\"after\":\"\(start)\""))
            try wire.post("heard")
            #expect(try line(stream).contains("\"payload\":\"heard\""))
        }
    }

    @Test("linger keeps a channel for whoever comes back in time")
    func lingering() async throws {
        try await offPool {
            let wire = try Wire(["--linger", "1"])
            let start = try wire.cursor()
            try wire.post("in time")
            #expect(try wire.poll("channel=a&since=\(start)").notifications.map(\.payload) == ["in time"])
            let end = try wire.cursor()
            try blockUntil("the channel is given up") { try wire.channel("a") == nil }
            #expect(try wire.poll("channel=a&since=\(end)").gap?.reason == "unlistened")
        }
    }

    @Test("reconnected: readers are held, told once, and read on behind it")
    func reconnected() async throws {
        try await offPool {
            let wire = try Wire(cluster: PostgresCluster())
            let start = try wire.cursor()
            let held = try wire.open("/wait?channel=a&format=json&since=\(start)")
            let stream = try wire.open("/wait?channel=a&mode=sse")
            _ = try stream.readHead()
            let plain = try wire.open("/wait?channel=a")
            try wire.waitForReaders(3)
            try wire.loseListener()
            let told = String(decoding: try held.readResponse().body, as: UTF8.self)
            #expect(told.contains("\"reason\":\"reconnected\"") && told.contains("\"notifications\":[]"))
            try wire.post("x")
            // It has no cursor to lose anything from, and waits for a payload.
            let answer = try plain.readResponse()
            #expect((answer.status, answer.text, answer["Trunkline-Gap"]) == (200, "x\n", "reconnected"))
            let events = String(decoding: try stream.read(through: "data: x\n\n"), as: UTF8.self)
            #expect(events.components(separatedBy: "event: gap").count == 2, "\(events)")
            // Whoever comes with the old cursor is told too, and then reads what is kept.
            let poll = try wire.poll("channel=a&since=\(start)")
            #expect(poll.gap?.reason == "reconnected")
            #expect(try wire.poll("channel=a&since=\(poll.cursor)").notifications.map(\.payload) == ["x"])
        }
    }

    @Test("restarted: a cursor of the run before goes on at now, in an event stream without a priming id")
    func restarted() async throws {
        try await offPool {
            let wire = try Wire()
            let stream = try wire.open("/wait?channel=a", ["Accept: text/event-stream", "Last-Event-ID: before.3"])
            _ = try stream.readHead()
            let head = String(decoding: try stream.read(through: "event: gap\n"), as: UTF8.self)
            #expect(!head.contains("\nid:"))
            let gap = String(decoding: try stream.read(through: "\n\n"), as: UTF8.self)
            #expect(gap.contains("\"reason\":\"restarted\",\"channels\":[\"a\"],\"after\":null"))
            try wire.post("x")
            _ = try stream.read(through: "data: x\n\n")
        }
    }

    @Test("of several channels: one order, a floor each, and one gap for those that share its place")
    func severalChannels() async throws {
        try await offPool {
            let wire = try Wire(["--history-count", "2"], cluster: PostgresCluster())
            let channels = "channel=a&channel=b&channel=c"
            let start = try wire.cursor(channels)
            try wire.post("c1", to: "c")
            for number in 1...3 { try wire.post("a\(number)", to: "a") }
            try wire.post("b1", to: "b")
            var polls: [Poll] = [try wire.poll("\(channels)&limit=10&since=\(start)")]
            while polls.count < 3 { polls.append(try wire.poll("\(channels)&limit=10&since=\(polls[polls.count - 1].cursor)")) }
            #expect(polls[0].notifications.map(\.payload) == ["c1"])
            #expect((polls[1].gap?.reason, polls[1].gap?.channels, polls[1].gap?.after) == ("expired", ["a"], polls[0].cursor))
            #expect(polls[2].notifications.map(\.payload) == ["a2", "a3", "b1"])
            try wire.loseListener()
            let gap = try wire.poll("\(channels)&since=\(polls[2].cursor)").gap
            #expect((gap?.reason, gap?.channels) == ("reconnected", ["a", "b", "c"]))
        }
    }

    @Test("of one channel that was listened to already and one that was not: only the second is told")
    func oneNotYet() async throws {
        try await offPool {
            let wire = try Wire()
            let start = try wire.cursor("channel=a")
            try wire.post("1", to: "a")
            // Held by the first notification or not: the order is that of the places.
            var told: [String] = []
            var cursor = start
            while told.count < 2 {
                let poll = try wire.poll("channel=a&channel=new&limit=10&since=\(cursor)")
                told += poll.gap.map { ["\($0.reason) \($0.channels)"] } ?? poll.notifications.map { $0.payload ?? "" }
                cursor = poll.cursor
            }
            #expect(told == ["1", "unlistened [\"new\"]"])
            try wire.post("2", to: "new")
            #expect(try wire.poll("channel=a&channel=new&since=\(cursor)").notifications.map(\.payload) == ["2"])
        }
    }

    @Test("text streams have no way to tell of a gap, and end there")
    func textStream() async throws {
        try await offPool {
            let wire = try Wire(cluster: PostgresCluster())
            let stream = try wire.open("/wait?channel=a&mode=stream")
            _ = try stream.readHead()
            try wire.post("x")
            #expect(try stream.readChunk() == Array("x\n".utf8))
            try wire.loseListener()
            #expect(try stream.readChunk() == nil)
        }
    }

    /// The next line of a chunked stream that sends a line a chunk, or several.
    private func line(_ stream: RawConnection) throws -> String {
        String(decoding: try stream.read(through: "}\n"), as: UTF8.self)
    }
}

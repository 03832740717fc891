import Logging
import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("A hub, where the source is held back", .timeLimit(.minutes(Slowdown.factor)))
struct HubOnFakeSourceTests {
    private func stand(_ body: (Hub, FakeSource) async throws -> Void) async throws {
        let source = try FakeSource()
        let hub = try Hub(
            source: source, timekeeper: Hub.makeTimekeeper(), configuration: HubConfiguration(), logger: Logger.silent)
        let running = Task { try await hub.run() }
        do { try await body(hub, source) } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
    }

    @Test("nothing is armed before its confirmation, and a wait may end before it")
    func gate() async throws {
        try await stand { hub, source in
            source.setGate(isClosed: true)
            let reader = try RecordingReader(hub, "foo")
            #expect(try await hub.wait(on: "foo", timeout: .milliseconds(20)) == nil)
            #expect(reader.sights == [])
            source.setGate(isClosed: false)
            try await eventually("the reader is armed") { reader.isArmed }
            try await hub.post("1", to: "foo")
            try await eventually("it has come") { reader.payloads == ["1"] }
            reader.leave()
        }
    }

    @Test("during an outage readers are held; what was posted meanwhile lies in the gap that they are told after it")
    func outage() async throws {
        try await stand { hub, source in
            let reader = try RecordingReader(hub, "foo")
            try await eventually("the reader is armed") { reader.isArmed }
            source.disconnect()
            try await hub.post("unheard", to: "foo")
            #expect(reader.gaps == [])
            source.connect()
            try await eventually("the loss is told") { reader.gaps == [.reconnected] }
            try await hub.post("heard", to: "foo")
            try await eventually("the next has come") { reader.payloads == ["heard"] }
            reader.leave()
        }
    }

    @Test("a refused name hurts only its own waiters")
    func refusal() async throws {
        try await stand { hub, source in
            source.refuse("bad")
            source.setGate(isClosed: true)
            let bad = Task { try await hub.wait(on: "bad") }
            let good = (0..<100).map { number in
                Task { try await hub.wait(on: ChannelName("good \(number)")) }
            }
            try await eventually("all wait") { hub.core.table.withLock { $0.readerCount } == 101 }
            source.setGate(isClosed: false)
            let error = await #expect(throws: TrunklineError.self) { try await bad.value }
            #expect(error?.code == .listenRefused)
            #expect(error?.channel == "bad")
            for number in 0..<100 { try await hub.post(Payload("\(number)"), to: ChannelName("good \(number)")) }
            for wait in good { #expect(try await wait.value != nil) }
        }
    }
}

import Glibc
import Testing

@testable import Threads

@Suite("Poll")
struct PollTests {
    @Test("it returns at the deadline and not before, with nothing to tell")
    func deadline() throws {
        let event = try EventDescriptor()
        let deadline = MonotonicInstant.now + .milliseconds(30)
        let outcome = Poll.wait(on: nil, wakeUp: event, until: deadline)
        #expect(MonotonicInstant.now >= deadline)
        #expect(!outcome.isWoken && !outcome.isReadable && !outcome.isWritable)
    }

    @Test("a signal wakes it once, however often it was given")
    func signal() throws {
        let event = try EventDescriptor()
        for _ in 0..<3 { event.signal() }
        #expect(Poll.wait(on: nil, wakeUp: event, until: nil).isWoken)
        #expect(!Poll.wait(on: nil, wakeUp: event, until: .now).isWoken)
    }

    @Test("a socket is told readable, writable, and after its peer has gone both")
    func socket() throws {
        let event = try EventDescriptor()
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { close(pair[0]) }
        #expect(!Poll.wait(on: pair[0], wakeUp: event, until: .now).isReadable)
        #expect(Poll.wait(on: pair[0], isWriting: true, wakeUp: event, until: .now).isWritable)
        var byte: UInt8 = 1
        send(pair[1], &byte, 1, 0)
        #expect(Poll.wait(on: pair[0], wakeUp: event, until: nil).isReadable)
        close(pair[1])
        let outcome = Poll.wait(on: pair[0], wakeUp: event, until: nil)
        #expect(outcome.isReadable && outcome.isWritable)
    }
}

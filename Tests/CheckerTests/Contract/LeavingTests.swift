import Glibc
import TestSupport
import Testing

@Suite("A reader that leaves", .serialized)
struct LeavingTests {
    @Test("leaves nothing behind: neither a descriptor nor a server that cannot end")
    func nothingIsLeft() async throws {
        try await offPool {
            let wire = try Wire()
            let before = try wire.server.openDescriptors
            for _ in 0..<4 {
                let streams = try (0..<16).map { _ in try wire.open("/wait?channel=a&mode=sse") }
                for stream in streams { _ = try stream.readHead() }
                for number in 0..<4 { try wire.post("\(number)") }
                for stream in streams { _ = try stream.read(through: "data: 3\n\n") }
                try wire.waitForReaders(16)
                // Parked now, all of them. A reset is all there is to see of them.
                for stream in streams { try stream.reset() }
                try wire.waitForReaders(0)
            }
            try blockUntil("all descriptors are given back") { try wire.server.openDescriptors <= before + 2 }
            #expect(try wire.server.terminate(SIGTERM, within: .seconds(5)) == .code(0))
        }
    }
}

import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Clients that do not read")
    struct DeafReaderTests {
        private static let byteCount = 7_900

        @Test(
            """
            fault 36: 20 readers that take no byte of a channel with 10 MB/s cost no memory that grows; each that reads again \
            has everything or a gap, and others notice nothing
            """)
        func fault36() async throws {
            try await offPool { try Scene() }.play(36, "20 readers at 0 B/s of 10 MB/s") { scene in
                let server = scene.server
                let deaf = try (0..<20).map { _ in
                    try EventStream("channel=flooded", at: server, patience: .seconds(60), receiveBuffer: 4_096)
                }
                let before = try server.residentBytes
                let most = Locked(before)
                let end = MonotonicInstant.now + RunLength.of(full: .seconds(20), short: .seconds(8))
                let count = try scene.flood("flooded", byteCount: Self.byteCount, perSecond: 1_300) {
                    let now = try server.residentBytes
                    most.withLock { $0 = max($0, now) }
                    return MonotonicInstant.now > end
                }
                let grown = most.withLock { $0 } - before
                // The history of the channel has 8 MiB, and its frames are rendered once for all.
                #expect(grown < 128 << 20)
                var gapCount = 0
                for stream in deaf.prefix(5) {
                    var reader = FloodReader(byteCount: Self.byteCount)
                    while reader.last < count, let event = try stream.next() {
                        try reader.take(type: event.type, data: event.data)
                    }
                    #expect(reader.last == count)
                    #expect(Set(reader.gapReasons) == ["overflow"])
                    gapCount += reader.gapReasons.count
                }
                for stream in deaf { try stream.connection.reset() }
                return "\((count * Self.byteCount) >> 20) MiB; \(grown >> 20) MiB more memory at most; \(gapCount) gaps for 5 readers"
            }
        }
    }
}

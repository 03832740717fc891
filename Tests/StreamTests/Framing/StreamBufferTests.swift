import TestSupport
import Testing

@testable import TrunklineHTTP

@Suite("What waits to be written")
struct StreamBufferTests {
    @Test("frames come out as one run of bytes, however small the pieces")
    func pieces() {
        var generator = SplitMix64()
        for _ in 0..<500 {
            var buffer = StreamBuffer()
            var expected: [UInt8] = []
            var written: [UInt8] = []
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    let frame = generator.bytes(count: .random(in: 0...50, using: &generator))
                    buffer.append(frame)
                    expected += frame
                }
                written += take(.random(in: 1...60, using: &generator), from: &buffer)
                #expect(buffer.isEmpty == (written.count == expected.count), "\(generator)")
            }
            while !buffer.isEmpty { written += take(7, from: &buffer) }
            #expect(written == expected, "\(generator)")
        }
    }

    @Test("a full buffer takes nothing more, and nothing is lost by asking")
    func full() {
        var buffer = StreamBuffer()
        buffer.append(Array("abc".utf8))
        buffer.append(Array("def".utf8))
        #expect(take(3, from: &buffer) == Array("abc".utf8))
        #expect(take(0, from: &buffer).isEmpty)
        #expect(take(10, from: &buffer) == Array("def".utf8))
        #expect(take(10, from: &buffer).isEmpty)
    }

    private func take(_ count: Int, from buffer: inout StreamBuffer) -> [UInt8] {
        withUnsafeTemporaryAllocation(byteCount: max(1, count), alignment: 1) { space in
            let part = UnsafeMutableRawBufferPointer(rebasing: space[..<count])
            let written = buffer.write(into: part)
            return Array(part[..<written])
        }
    }
}

/// The bytes on their way into a client's connection: whole frames, of which the first may be partly written.
struct StreamBuffer {
    private var frames: [[UInt8]] = []
    private var firstOffset = 0

    var isEmpty: Bool { frames.isEmpty }

    mutating func append(_ frame: [UInt8]) {
        if !frame.isEmpty { frames.append(frame) }
    }

    /// Moves as much as fits.
    ///
    /// - Returns: how many bytes were moved.
    mutating func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var doneCount = 0
        for frame in frames {
            let part = frame[firstOffset...].prefix(buffer.count - count)
            UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyBytes(from: part)
            count += part.count
            guard firstOffset + part.count == frame.count else {
                firstOffset += part.count
                break
            }
            firstOffset = 0
            doneCount += 1
        }
        frames.removeFirst(doneCount)
        return count
    }
}

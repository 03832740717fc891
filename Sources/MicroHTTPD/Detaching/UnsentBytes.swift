import CMicroHTTPD
import Glibc

/// What a client has not taken yet, and how it is sent.
struct UnsentBytes {
    /// What has become of bytes that were to be sent.
    enum Outcome {
        /// The kernel has taken all.
        case sent
        /// The kernel takes no more until the client does; the rest is kept.
        case blocked
        /// The connection is broken; nothing can be sent any more.
        case broken
    }

    private var bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Sends what was kept.
    mutating func send(to descriptor: Int32) -> Outcome {
        let count = bytes.withUnsafeBytes { Self.send(UnsafeRawBufferPointer(rebasing: $0[offset...]), to: descriptor) }
        guard let count else { return .broken }
        offset += count
        guard offset == bytes.count else { return .blocked }
        self = UnsentBytes([])
        return .sent
    }

    /// Sends `new`, and keeps what the kernel does not take. Nothing may have been kept before.
    mutating func send(_ new: UnsafeRawBufferPointer, to descriptor: Int32) -> Outcome {
        guard let count = Self.send(new, to: descriptor) else { return .broken }
        guard count < new.count else { return .sent }
        self = UnsentBytes(Array(new[count...]))
        return .blocked
    }

    /// Sends `new`, and keeps what the kernel does not take. Nothing may have been kept before.
    mutating func send(_ new: [UInt8], to descriptor: Int32) -> Outcome {
        self = UnsentBytes(new)
        return send(to: descriptor)
    }

    /// - Returns: how many bytes the kernel has taken; `nil` if the connection is broken.
    private static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int? {
        guard !bytes.isEmpty else { return 0 }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        return errno == EAGAIN ? 0 : nil
    }
}

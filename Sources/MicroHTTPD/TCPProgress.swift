import Glibc

/// How far the bytes of a connection have come, as the kernel counts them. Corresponds to `struct tcp_info` of `<linux/tcp.h>`.
struct TCPProgress: Equatable {
    /// Segments that were sent and not acknowledged.
    let unackedSegmentCount: UInt32
    /// Bytes that the peer's kernel has acknowledged.
    let ackedByteCount: UInt64
    /// Bytes that have arrived from the peer, read or not.
    let receivedByteCount: UInt64

    init(unackedSegmentCount: UInt32, ackedByteCount: UInt64, receivedByteCount: UInt64) {
        self.unackedSegmentCount = unackedSegmentCount
        self.ackedByteCount = ackedByteCount
        self.receivedByteCount = receivedByteCount
    }

    /// Asks the kernel; `nil` for a socket that is not TCP's or has no connection any more.
    init?(of descriptor: Int32) {
        // The offsets are part of the kernel's interface to programs; glibc's own declaration ends before these fields.
        let byteCount = 136
        let fields = withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { info -> Self? in
            var length = socklen_t(byteCount)
            let result = getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, info.baseAddress, &length)
            guard result == 0, length >= byteCount else { return nil }
            return Self(
                unackedSegmentCount: info.load(fromByteOffset: 24, as: UInt32.self),
                ackedByteCount: info.load(fromByteOffset: 120, as: UInt64.self),
                receivedByteCount: info.load(fromByteOffset: 128, as: UInt64.self))
        }
        guard let fields else { return nil }
        self = fields
    }
}

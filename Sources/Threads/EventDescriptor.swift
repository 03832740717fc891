import CLinux
import Glibc

/// A Linux eventfd: any thread signals it, one thread sleeps on its descriptor. Corresponds to `eventfd(2)`.
package final class EventDescriptor: Sendable {
    package let descriptor: Int32

    /// - Throws: `SystemError` when the process has no descriptor left.
    package init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd") }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable until the next `drain()`. Never blocks.
    package func signal() {
        // The only failure of a write of 8 bytes is a full counter, and then it is readable already.
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes back all signals so far.
    package func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

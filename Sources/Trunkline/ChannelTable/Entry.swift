import Threads

/// One place in a channel's history, shared by all its readers: a notification, or the loss of the listener connection.
package final class Entry: Sendable {
    /// What stands there.
    package enum Content: Sendable {
        case notification(Notification)
        /// The connection was lost somewhere before this position and was listening again from it on.
        case reconnected
    }

    package let position: UInt64
    package let content: Content
    /// There while the entry is recent: whoever is late renders for itself.
    weak let renderings: Renderings?
    /// When it was read from PostgreSQL.
    let arrival: MonotonicInstant
    /// What it counts for in the history's bound on bytes.
    let byteCount: Int

    init(position: UInt64, content: Content, arrival: MonotonicInstant, renderings: Renderings? = nil) {
        self.renderings = renderings
        self.position = position
        self.content = content
        self.arrival = arrival
        switch content {
        case .notification(let notification): byteCount = Self.overhead + notification.payload.bytes.count
        case .reconnected: byteCount = Self.overhead
        }
    }

    /// Bytes an entry takes beside its payload, roughly: the object, the array's header and its place in the ring.
    static let overhead = 128
}

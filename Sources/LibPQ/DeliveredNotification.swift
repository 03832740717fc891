/// One notification as it came off the wire, in the client encoding of its connection. Corresponds to `PGnotify`.
package struct DeliveredNotification: Sendable, Equatable {
    /// The name of the channel: 1–63 bytes, no NUL.
    package let channel: [UInt8]
    /// The payload: 0–7,999 bytes, no NUL; more where the client encoding is a wider one than the server's.
    package let payload: [UInt8]
    /// The server process of the connection that notified.
    package let processID: Int32

    package init(channel: [UInt8], payload: [UInt8], processID: Int32) {
        self.channel = channel
        self.payload = payload
        self.processID = processID
    }
}

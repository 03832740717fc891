/// One connection of the load, or the place for it.
struct Link {
    enum Phase: UInt8 {
        case closed, connecting, open
    }

    var phase = Phase.closed
    /// The answer being read is the last one of this connection.
    var endsAfterAnswer = false
    /// An incomplete head waits for its rest.
    var hasLeftover = false
    /// A part of a request waits for the socket.
    var hasUnsent = false
    var status = 0
    var socket: TCPSocket?
    var response = ResponseReader()

    init(socket: TCPSocket? = nil) {
        self.socket = socket
    }
}

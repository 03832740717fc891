import Threads

/// One request and the way to its answer, for any thread.
///
/// It may be kept after the exchange is over; then it does nothing.
package final class Exchange: Sendable {
    /// The complete request.
    package let request: Request
    /// By when it had arrived, as far as is known: when it was read, when its worker was told of it, or the end of the exchange before
    /// if it was all there.
    package let arrival: MonotonicInstant
    private let connection: Connection
    private let number: UInt64
    /// Whether the connection ends with this exchange.
    let isClosing: Bool

    init(request: Request, number: UInt64, arrival: MonotonicInstant, connection: Connection, isClosing: Bool) {
        self.request = request
        self.arrival = arrival
        self.connection = connection
        self.isClosing = isClosing
        self.number = number
    }

    /// Has the responder look again: its `step`, or the `read` of its stream. Any thread, any time, any number of times.
    ///
    /// While a step runs the wake-up is remembered, and taken right after the step has asked to park: none is lost, and
    /// several may come as one.
    package func wake() {
        connection.wake(number)
    }

    /// Wakes this exchange, and keeps nothing of its request.
    package var waker: Waker { Waker(connection: connection, number: number) }

    /// `Exchange.wake()` for who need not know the request.
    package struct Waker: Sendable {
        fileprivate let connection: Connection
        fileprivate let number: UInt64

        /// See `Exchange.wake()`.
        package func wake() {
            connection.wake(number)
        }
    }

    /// Runs `action` on this thread when all requests that were there before this one have been looked at, as far as they are this
    /// worker's. In a step only.
    package func afterTurn(_ action: @escaping () -> Void) {
        connection.postpone(action)
    }

    /// Whether the client has closed or half-closed the connection, or was shut out.
    package var isClientGone: Bool { connection.isGone }

    /// Whether libmicrohttpd has nothing to do with it any more.
    var isDetached: Bool { connection.isDetached }

    /// Ends the connection at once, also one that is blocked in writing; what was not sent yet is lost.
    package func closeConnection() {
        connection.shutDown(number)
    }
}

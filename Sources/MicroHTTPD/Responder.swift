/// Answers one request, in steps on the threads of the daemon.
package protocol Responder: AnyObject, Sendable {
    /// What to do now. Called once the request is complete, and again after each wake-up of a parked request.
    ///
    /// Never called twice at a time, nor after `ended()`, nor when the client has gone while the request was parked. It must
    /// not block: thousands of other connections wait for the same thread.
    func step(_ exchange: Exchange) -> Step

    /// The exchange is over, however it ended: answered, client gone, shut down. Called exactly once, after the last step;
    /// everything held for the request is to be let go. Not called once it has answered with a stream:
    /// from then on the stream has what was held, and is told.
    func ended()

    /// Whether the client is likely to ask again on the same connection at once, and would miss what comes until that is read:
    /// the next exchange then knows its `arrival` more exactly, for one system call.
    var expectsNext: Bool { get }

    /// Whether it may be parked for long: then, after a while, its steps are taken on another thread than its worker, where
    /// `Exchange.afterTurn` is not to be used.
    var waitsLong: Bool { get }
}

extension Responder {
    package var expectsNext: Bool { false }
    package var waitsLong: Bool { false }
}

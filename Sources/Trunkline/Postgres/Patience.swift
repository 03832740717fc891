import Threads

/// How long to wait for a server's answer, and what ends the wait early.
struct Patience {
    let wakeUp: EventDescriptor
    let isStopping: () -> Bool
    let deadline: MonotonicInstant

    /// Sleeps until the socket is ready.
    ///
    /// - Throws: when the deadline has passed, or all is to stop.
    func wait(on socket: Int32, isReading: Bool = true, isWriting: Bool) throws(DialFailure) {
        while true {
            if isStopping() { throw DialFailure(message: "stopping") }
            let outcome = Poll.wait(
                on: socket, isReading: isReading, isWriting: isWriting, wakeUp: wakeUp, until: deadline)
            if outcome.isReadable || outcome.isWritable { return }
            if MonotonicInstant.now >= deadline {
                throw DialFailure(message: "no answer within \(Dialer.attemptTimeout)")
            }
        }
    }
}

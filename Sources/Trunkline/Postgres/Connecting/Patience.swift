import Threads

/// How long to wait for a server's answer, and what ends the wait early.
struct Patience {
    let wakeUp: EventDescriptor
    let isStopping: () -> Bool
    let limit: Duration
    private let deadline: MonotonicInstant

    /// - Parameter limit: from now on.
    init(wakeUp: EventDescriptor, isStopping: @escaping () -> Bool, limit: Duration) {
        self.wakeUp = wakeUp
        self.isStopping = isStopping
        self.limit = limit
        deadline = .now + limit
    }

    /// The same anew, with another limit.
    func renewed(_ limit: Duration) -> Patience {
        Patience(wakeUp: wakeUp, isStopping: isStopping, limit: limit)
    }

    /// Sleeps until the socket is ready.
    ///
    /// - Throws: when the deadline has passed, or all is to stop.
    func wait(on socket: Int32, isReading: Bool = true, isWriting: Bool) throws(DialFailure) {
        while true {
            if isStopping() { throw DialFailure(message: "stopping") }
            let outcome = Poll.wait(
                on: socket, isReading: isReading, isWriting: isWriting, wakeUp: wakeUp, until: deadline)
            if outcome.isReadable || outcome.isWritable { return }
            try check("no answer")
        }
    }

    /// Sleeps until woken.
    ///
    /// - Parameter failure: what is said when the deadline has passed before.
    /// - Throws: then, and when all is to stop.
    func sleep(orThrow failure: String) throws(DialFailure) {
        if isStopping() { throw DialFailure(message: "stopping") }
        let outcome = Poll.wait(on: nil, wakeUp: wakeUp, until: deadline)
        if !outcome.isWoken { try check(failure) }
    }

    /// Lets all of the time pass.
    ///
    /// - Returns: false when all is to stop.
    func pass() -> Bool {
        while MonotonicInstant.now < deadline {
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: deadline)
            if isStopping() { return false }
        }
        return true
    }

    private func check(_ failure: String) throws(DialFailure) {
        guard MonotonicInstant.now < deadline else {
            throw DialFailure(message: "\(failure) within \(limit)")
        }
    }
}

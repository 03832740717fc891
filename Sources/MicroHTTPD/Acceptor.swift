import Glibc
import Threads

/// Takes new clients for one worker, on its thread, and leaves them to the kernel while there is no place or no descriptor for them.
///
/// libmicrohttpd would take ten a turn, up to a limit of its own that knows nothing of detached clients, and after a shortage of
/// descriptors none until one of its connections ends.
final class Acceptor {
    /// How many it takes before those that are there have their turn.
    private static let countPerTurn = 256
    /// How long it waits where there is no descriptor, and after errors that are nobody's.
    private static let pause = Duration.milliseconds(250)

    private let listener: Int32
    private let core: DaemonCore
    /// Until when it waits.
    private(set) var pauseEnd: MonotonicInstant?

    init(listener: Int32, core: DaemonCore) {
        self.listener = listener
        self.core = core
    }

    /// What tells of new clients, if any are to be taken. If there is no place for one, the workers are told when there is.
    var descriptor: Int32? {
        if core.isDraining { return nil }
        if let pauseEnd {
            guard pauseEnd <= .now else { return nil }
            self.pauseEnd = nil
        }
        return core.registry.awaitsRoom() ? nil : listener
    }

    /// Takes the clients that have come, up to a number.
    ///
    /// - Parameter join: has one served, or closed; returns whether it has become a connection.
    /// - Returns: whether there were any; of more than that number the listening socket tells again.
    func accept(_ join: (Int32) -> Bool) -> Bool {
        guard descriptor != nil, Poll.isReadable(listener) else { return false }
        for count in 0..<Self.countPerTurn {
            guard core.registry.claimPlace() else { return count > 0 }
            do throws(SystemError) {
                if !join(try ListeningSocket.accept(listener)) { core.registry.giveUpPlace() }
            } catch {
                core.registry.giveUpPlace()
                switch error.code {
                // Another worker was faster.
                case EAGAIN: return count > 0
                // This client has gone already.
                case ECONNABORTED, EINTR: continue
                default:
                    fail(error)
                    return count > 0
                }
            }
        }
        return true
    }

    private func fail(_ error: SystemError) {
        if core.isDraining { return }
        pauseEnd = .now + Self.pause
        switch error.code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: core.shortage.note()
        // Of the network, or a firewall: passing, and the next client's.
        default: core.log("a client could not be taken: \(error)")
        }
    }
}

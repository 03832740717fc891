import Glibc
import Threads

/// An address that can move: passes TCP connections on to one port of 127.0.0.1 or another, and can reset them.
package final class Relay: Sendable {
    private struct State {
        var targets: [UInt16]
        var generator: SplitMix64
        var acceptedCount = 0
        var passages: [Int: Passage] = [:]
    }

    /// Where it listens, on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32
    private let state: Locked<State>

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - targets: where connections go; each to one of them that is drawn.
    ///   - seed: for the drawing.
    package init(to targets: UInt16..., seed: SplitMix64 = SplitMix64()) throws {
        state = Locked(State(targets: targets, generator: seed))
        port = try RawConnection.unusedPort()
        listener = try TCP.listen(port)
        // The thread keeps what it needs and not the relay, which ends with its last reference.
        let (listener, state) = (listener, state)
        _ = NamedThread("relay") { Self.accept(listener, state) }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        reset()
    }

    /// Sends new connections elsewhere; those there are stay where they are.
    ///
    /// - Parameter targets: each connection goes to one of them that is drawn; none: new connections are reset.
    package func move(to targets: UInt16...) {
        state.withLock { $0.targets = targets }
    }

    /// Ends every connection with a reset to both sides.
    package func reset() {
        for passage in state.withLock({ $0.passages.values.map { $0 } }) { passage.reset.signal() }
    }

    /// The connection string of a database behind it.
    package func conninfo(database: String) -> String {
        "host=127.0.0.1 port=\(port) dbname=\(database) user=postgres"
    }

    private static func accept(_ listener: Int32, _ state: Locked<State>) {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let (number, target) = state.withLock { state in
                state.acceptedCount += 1
                return (state.acceptedCount, state.targets.randomElement(using: &state.generator))
            }
            guard let target, let server = TCP.connect(target), let passage = Passage(client, server) else {
                TCP.reset(client)
                continue
            }
            state.withLock { $0.passages[number] = passage }
            _ = NamedThread("relayed") {
                passage.run()
                state.withLock { $0.passages[number] = nil }
            }
        }
        close(listener)
    }
}

/// One connection through the relay.
private final class Passage: Sendable {
    let reset: EventDescriptor
    private let client: Int32
    private let server: Int32

    /// Takes over the sockets.
    init?(_ client: Int32, _ server: Int32) {
        do throws(SystemError) {
            reset = try EventDescriptor()
        } catch {
            close(server)
            return nil
        }
        self.client = client
        self.server = server
    }

    /// Passes bytes both ways until one side ends or all is reset.
    func run() {
        var polled = [client, server, reset.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&polled, 3, -1) > 0 {
            if polled[2].revents != 0 {
                TCP.reset(client)
                return TCP.reset(server)
            }
            if polled[0].revents != 0, !pass(from: client, to: server) { break }
            if polled[1].revents != 0, !pass(from: server, to: client) { break }
        }
        close(client)
        close(server)
    }

    private func pass(from source: Int32, to target: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(source, &buffer, buffer.count, 0)
        return count > 0 && TCP.sendAll(Array(buffer[..<count]), to: target)
    }
}

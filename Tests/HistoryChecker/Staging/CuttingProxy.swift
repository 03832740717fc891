import Glibc
import TestSupport
import Threads

/// A TCP proxy between readers and the server, which cuts connections at random bytes, and outlives the server.
package final class CuttingProxy: Sendable {
    fileprivate struct State {
        var upstream: UInt16
        /// The most bytes of answers a connection passes on before it is cut; `nil` cuts nobody.
        var byteCountMax: Int?
        var generator: SplitMix64
        var cutCount = 0
    }

    /// Where it listens, on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32
    private let state: Locked<State>
    private let rewrite: @Sendable ([UInt8]) -> [UInt8]

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - upstream: the server's port on 127.0.0.1.
    ///   - rewrite: applied to each piece of a request, which holds a whole head where the client sends it at once.
    package init(
        upstream: UInt16, seed: SplitMix64 = SplitMix64(), rewrite: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) throws {
        state = Locked(State(upstream: upstream, byteCountMax: nil, generator: seed))
        self.rewrite = rewrite
        port = try RawConnection.unusedPort()
        listener = try TCP.listen(port)
        _ = NamedThread("proxy") { [self] in accept() }
    }

    /// Where new connections go from now on.
    package func forward(to upstream: UInt16) {
        state.withLock { $0.upstream = upstream }
    }

    /// Cuts each connection, also those there are, after 1 to `byteCountMax` bytes more of answers; `nil` cuts nobody any more.
    package func cut(afterAtMost byteCountMax: Int?) {
        state.withLock { $0.byteCountMax = byteCountMax }
    }

    package var cutCount: Int { state.withLock { $0.cutCount } }

    /// Accepts no more.
    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            _ = NamedThread("proxied") { [self] in serve(client) }
        }
        close(listener)
    }

    /// Passes bytes both ways until one side ends, or the budget is used up; then both end.
    private func serve(_ client: Int32) {
        defer { close(client) }
        guard let server = TCP.connect(state.withLock { $0.upstream }) else { return }
        defer { close(server) }
        var left: Int?
        var polled = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while poll(&polled, 2, -1) > 0 {
            if polled[0].revents != 0 {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0, TCP.sendAll(rewrite(Array(buffer[..<count])), to: server) else { return }
            }
            if polled[1].revents != 0 {
                left = state.withLock { state in state.byteCountMax == nil ? nil : left ?? state.drawBudget() }
                let count = recv(server, &buffer, min(buffer.count, left ?? .max), 0)
                guard count > 0, TCP.sendAll(Array(buffer[..<count]), to: client) else { return }
                left = left.map { $0 - count }
                guard left != 0 else { return state.withLock { $0.cutCount += 1 } }
            }
        }
    }
}

extension CuttingProxy.State {
    /// Small ones are as likely as large ones, so that heads, bodies and long streams are cut alike.
    fileprivate mutating func drawBudget() -> Int? {
        guard let byteCountMax else { return nil }
        let exponent = Double.random(in: 0...1, using: &generator)
        return max(1, Int(pow(Double(byteCountMax), exponent)))
    }
}

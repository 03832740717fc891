import MicroHTTPD
import Synchronization
import Threads

/// Streams the lines it is given, until it is finished.
final class LineStream: Responder, ResponseStream {
    private struct State {
        var pending: [UInt8] = []
        var isFinished = false
        var isAborted = false
    }

    let exchange: Exchange
    let endCount = Atomic<Int>(0)
    let readCount = Atomic<Int>(0)
    private let state = Locked(State())

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    func step(_: Exchange) -> Step {
        .stream(StreamResponse(headers: [.contentType: "text/plain"], stream: self))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
        readCount.add(1, ordering: .sequentiallyConsistent)
        return state.withLock { state in
            if state.isAborted { return .abort }
            guard !state.pending.isEmpty else { return state.isFinished ? .end : .waiting }
            let count = min(buffer.count, state.pending.count)
            buffer.copyBytes(from: state.pending.prefix(count))
            state.pending.removeFirst(count)
            return .wrote(count)
        }
    }

    func ended() {
        endCount.add(1, ordering: .sequentiallyConsistent)
    }

    func write(_ text: String) {
        state.withLock { $0.pending += Array(text.utf8) }
        exchange.wake()
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        exchange.wake()
    }

    func abort() {
        state.withLock { $0.isAborted = true }
        exchange.wake()
    }
}

import MicroHTTPD
import Synchronization
import Threads

/// A responder made of one closure.
final class StepResponder: Responder {
    private let body: @Sendable (Exchange) -> Step
    let endCount = Atomic<Int>(0)
    let stepCount = Atomic<Int>(0)

    init(_ body: @escaping @Sendable (Exchange) -> Step) {
        self.body = body
    }

    func step(_ exchange: Exchange) -> Step {
        stepCount.add(1, ordering: .sequentiallyConsistent)
        return body(exchange)
    }

    func ended() {
        endCount.add(1, ordering: .sequentiallyConsistent)
    }

    var waitsLong: Bool { true }
}

/// Parks until it is opened, then answers.
final class GateResponder: Responder {
    let exchange: Exchange
    let isOpen = Atomic(false)
    let stepCount = Atomic<Int>(0)
    let endCount = Atomic<Int>(0)
    private let response: Response

    init(_ exchange: Exchange, _ response: Response = Response(status: .ok, body: Array("woken".utf8))) {
        self.exchange = exchange
        self.response = response
    }

    func step(_: Exchange) -> Step {
        stepCount.add(1, ordering: .sequentiallyConsistent)
        return isOpen.load(ordering: .sequentiallyConsistent) ? .respond(response) : .park
    }

    func ended() {
        endCount.add(1, ordering: .sequentiallyConsistent)
    }

    var waitsLong: Bool { true }

    func open() {
        isOpen.store(true, ordering: .sequentiallyConsistent)
        exchange.wake()
    }
}

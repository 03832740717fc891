import MicroHTTPD

/// The responder of a request that can be answered at once.
final class Answered: Responder {
    private let response: Response

    init(_ response: Response) {
        self.response = response
    }

    func step(_ exchange: Exchange) -> Step { .respond(response) }

    func ended() {}
}

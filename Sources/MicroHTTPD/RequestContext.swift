import CMicroHTTPD
import Glibc
import HTTPTypes
import Threads

/// One request on its way through libmicrohttpd's callbacks (their `con_cls`): from the request line to NOTIFY_COMPLETED,
/// always on the worker thread of its connection.
final class RequestContext {
    private enum Stage {
        /// The request line was read.
        case head
        /// The body is read into `request`; with an answer, it is not to be read further by a responder.
        case body(RequestHead.Framing, answer: Response?)
        case running(Exchange, any Responder)
        case answered(any Responder)
        case streaming(any ResponseStream)
        /// To be given away, as soon as there are descriptors to spare.
        case departing(Exchange, StreamResponse)
        /// Somebody else serves the client; all that is left is to fail the request.
        case detached
        case refused
    }

    private let connection: Connection
    private let target: [UInt8]
    private let targetStart: UnsafePointer<UInt8>
    /// Without its body, until that is complete.
    private var request = RequestContext.unread
    private var body: [UInt8] = []
    private var bodyByteCount = 0
    private var stage = Stage.head
    private var isParked = false
    /// Whether it may be given away while it waits.
    private var mayLeave = true

    private static let unread = Request(method: "", target: [])

    private var core: DaemonCore { connection.core }

    init(connection: Connection, target: UnsafeBufferPointer<UInt8>, targetStart: UnsafePointer<UInt8>) {
        self.connection = connection
        self.target = Array(target)
        self.targetStart = targetStart
    }

    /// One call of the access handler.
    ///
    /// - Returns: false to close the connection.
    func access(
        _ native: OpaquePointer, method: UnsafePointer<UInt8>, version: UnsafePointer<UInt8>,
        upload: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if isParked, connection.isPausing() { return true }
        switch stage {
        case .head: return readHead(native, method: method, version: version)
        case .body(let framing, let answer):
            if !upload.isEmpty { return readBody(upload) }
            return complete(native, framing, answer)
        case .running(let exchange, let responder):
            guard connection.run(isResumed: isParked) else { return false }
            guard connection.takeLeave() else { return run(native, exchange, responder) }
            if leave(exchange, responder) { return false }
            // It waits on, and it is not tried again.
            mayLeave = false
            return park(exchange, responder) ?? run(native, exchange, responder)
        case .departing(let exchange, let response):
            guard connection.run(isResumed: true) else { return false }
            return stream(native, exchange, response)
        case .answered, .streaming, .refused: return true
        case .detached: return false
        }
    }

    /// NOTIFY_COMPLETED: nothing is called for this request any more.
    func completed() {
        if case .detached = stage { return }
        connection.completed(expectsNext: expectsNext)
        switch stage {
        case .running(_, let responder), .answered(let responder): responder.ended()
        case .streaming(let stream): stream.ended()
        case .departing(_, let response): response.stream.ended()
        case .head, .body, .detached, .refused: break
        }
    }

    private var expectsNext: Bool { if case .answered(let responder) = stage { responder.expectsNext } else { false } }

    // MARK: Reading

    private func readHead(_ native: OpaquePointer, method: UnsafePointer<UInt8>, version: UnsafePointer<UInt8>) -> Bool {
        let methodText = KnownText.method(method)
        let versionText = KnownText.version(version)
        let headByteCount = trunkline_head_size(native)
        var reader = HeadReader(
            layout: HeadLayout.isKnown
                ? HeadLayout(
                    method: method, methodByteCount: methodText.utf8.count, target: targetStart,
                    targetByteCount: target.count, version: version, headByteCount: headByteCount) : nil)
        reader.readFields(of: native, headByteCount: headByteCount)
        reader.finish(method: methodText, target: target, version: versionText)
        let framing = reader.head.framing
        let request = Request(
            method: methodText, target: target, version: versionText, fields: reader.head.fields, hasBody: framing != .none)
        self.request = request
        let length = if case .length(let count) = framing { count } else { UInt64(0) }
        let room = core.configuration.poolByteCount - reader.head.keptByteCount(headByteCount: headByteCount)
        if let refusal = refusal(reader.head, headByteCount: headByteCount, length: length, room: room) {
            connection.headRead(byteCount: UInt64(headByteCount), bodySince: nil)
            stage = .refused
            return refuseEarly(native, with: core.refuse(request, refusal), room: room)
        }
        let answer = core.head(request)
        if let answer, framing != .none {
            connection.headRead(byteCount: UInt64(headByteCount), bodySince: nil)
            stage = .refused
            return refuseEarly(native, with: answer, room: room)
        }
        connection.headRead(
            byteCount: UInt64(headByteCount) + length, bodySince: framing == .none ? nil : .now)
        // A response queued in this first call would close the connection: the second one comes at once.
        stage = .body(framing, answer: answer)
        // A client may have to be told to send it.
        if framing != .none { connection.noteProgress() }
        return true
    }

    /// - Parameter room: what is left of the connection's memory.
    private func refusal(_ head: RequestHead, headByteCount: Int, length: UInt64, room: Int) -> Refusal? {
        if target.count > core.configuration.headByteCountMax { return .targetTooLong }
        if headByteCount > core.configuration.headByteCountMax { return .headTooLarge }
        // Whatever it asks for would be done, and its answer could not be sent.
        if room < DaemonConfiguration.answerHeadByteCountMax { return .headTooLarge }
        if let fault = head.fault { return .malformed(fault) }
        return length > core.configuration.bodyByteCountMax ? .bodyTooLarge : nil
    }

    /// Answers before the request has been read to its end, and closes.
    private func refuseEarly(_ native: OpaquePointer, with answer: Response, room: Int) -> Bool {
        guard room < DaemonConfiguration.refusalHeadByteCountMax else { return queue(answer, on: native, isEarly: true) }
        // libmicrohttpd has no memory for it left, and would close without a word.
        connection.write(isEarly: true)
        var date = HTTPDate()
        connection.sendLast(answer.bytes(date: date.text(at: time(nil)), isLast: true))
        return false
    }

    private func readBody(_ upload: UnsafeBufferPointer<UInt8>) -> Bool {
        bodyByteCount += upload.count
        connection.noteProgress()
        let max = core.configuration.bodyByteCountMax
        if bodyByteCount <= max {
            body.append(contentsOf: upload)
            return true
        }
        // No answer can be queued in the middle of a body: read on, for the sake of the answer, until the body time-out.
        body = []
        guard bodyByteCount - max <= DaemonConfiguration.discardedByteCountMax else {
            connection.shutDown()
            return false
        }
        return true
    }

    // MARK: Answering

    private func complete(_ native: OpaquePointer, _ framing: RequestHead.Framing, _ answer: Response?) -> Bool {
        // libmicrohttpd takes a bare LF for a line end between chunks, where nobody sees it: what follows such a body may be no
        // request at all, and is not looked at.
        let isClosing = framing == .chunked
        if let answer { return refuse(native, with: answer, isClosing: isClosing) }
        if bodyByteCount > core.configuration.bodyByteCountMax {
            return refuse(native, with: core.refuse(request, .bodyTooLarge), isClosing: true)
        }
        if !body.isEmpty { request = request.with(body: body) }
        let (number, arrival) = connection.begin()
        let exchange = Exchange(
            request: request, number: number, arrival: arrival, connection: connection, isClosing: isClosing)
        let responder = core.respond(exchange.request, exchange)
        // Set first: whatever happens from here on, `completed()` has to tell the responder.
        stage = .running(exchange, responder)
        return run(native, exchange, responder)
    }

    private func refuse(_ native: OpaquePointer, with response: Response, isClosing: Bool) -> Bool {
        stage = .refused
        return queue(response, on: native, isEarly: false, isClosing: isClosing)
    }

    /// Runs the responder until it answers or parks.
    private func run(_ native: OpaquePointer, _ exchange: Exchange, _ responder: any Responder) -> Bool {
        isParked = false
        while true {
            switch responder.step(exchange) {
            case .respond(let response):
                stage = .answered(responder)
                return queue(response, on: native, isEarly: false, isClosing: exchange.isClosing)
            case .stream(let response): return stream(native, exchange, response)
            case .close: return false
            case .park: if let isParked = park(exchange, responder) { return isParked }
            }
        }
    }

    /// Parks the request.
    ///
    /// - Returns: whether it is parked, or else is to be closed; `nil` when it is to look again.
    private func park(_ exchange: Exchange, _ responder: any Responder) -> Bool? {
        let mayLeave = mayLeave && responder.waitsLong && engine(for: exchange) != nil
        switch connection.park(mayPause: true, mayLeave: mayLeave) {
        case .again: return nil
        case .close: return false
        case .stay:
            isParked = true
            return true
        }
    }

    /// Gives the request away, with its client.
    private func leave(_ exchange: Exchange, _ responder: any Responder) -> Bool {
        guard engine(for: exchange)?.adopt(connection, .request(exchange, responder)) == true else { return false }
        stage = .detached
        return true
    }

    /// Gives the connection away, or has libmicrohttpd serve the stream.
    private func stream(_ native: OpaquePointer, _ exchange: Exchange, _ response: StreamResponse) -> Bool {
        if let engine = engine(for: exchange) {
            // libmicrohttpd closes its descriptors at the end of a turn only, and thousands of streams may begin in one.
            if core.departing.load(ordering: .relaxed) >= core.configuration.sparesMax {
                stage = .departing(exchange, response)
                connection.comeAgain()
                return true
            }
            if engine.adopt(connection, .opening(response)) {
                stage = .detached
                return false
            }
        }
        stage = .streaming(response.stream)
        return queue(response, on: native, isClosing: exchange.isClosing)
    }

    /// What may serve the client in libmicrohttpd's place: a body can come in chunks.
    private func engine(for exchange: Exchange) -> DetachedEngine? {
        request.version == "HTTP/1.1" && request.method != "HEAD" && !exchange.isClosing ? core.engine : nil
    }

    private func queue(_ response: Response, on native: OpaquePointer, isEarly: Bool, isClosing: Bool = false) -> Bool {
        connection.write(isEarly: isEarly)
        // An early answer closes anyway, and libmicrohttpd says so.
        return response.queue(on: native, isClosing: !isEarly && (isClosing || !core.isKeepingConnections))
    }

    private func queue(_ response: StreamResponse, on native: OpaquePointer, isClosing: Bool) -> Bool {
        connection.write(isEarly: false)
        // A content reader that ends with an error has libmicrohttpd mark the connection closed and no more: with epoll it is
        // cleaned up by a walk over the connections that have the daemon's time-out, which stops at the first one that is
        // alive. Behind a quiet connection it would stay for ever, and its descriptor with it. Connections with a time-out of
        // their own are walked over completely, in each turn; parked ones are not among them. This one never passes: it is 46
        // days without a byte (the most that 32 bits of milliseconds hold), and `stallTimeout` comes first.
        guard trunkline_set_connection_timeout(native, 4_000_000) == .YES else { return false }
        var headers = response.headers
        if isClosing || !core.isKeepingConnections { headers[.connection] = "close" }
        let isPlain = request.version == "HTTP/1.0" || request.method == "HEAD"
        let source = StreamSource(stream: response.stream, connection: connection, isPlain: isPlain)
        let single = source.makeNative(headers: headers)
        defer { MHD_destroy_response(single) }
        return MHD_queue_response(native, UInt32(response.status.code), single) == .YES
    }
}

import HistoryChecker
import Threads

/// One `EventSource`, as browsers have it (WHATWG HTML §9.2): it comes back after the time it was told, with the last id, and
/// gives up for good on an answer other than 200.
struct EventSource {
    /// Where it stands.
    enum Phase {
        case waiting(until: MonotonicInstant)
        case connecting
        case open
        case givenUp(status: Int)
    }

    let channel: String
    private(set) var phase: Phase
    private(set) var lastEventID = ""
    /// When it was last told from where on it reads: by a priming id, or by a gap.
    private(set) var attached: MonotonicInstant?
    private(set) var gapReasons: [String] = []
    private(set) var payloads: [String] = []
    private(set) var cutCount = 0
    private var retry = Duration.seconds(3)
    private var response = StreamedResponse()
    private var parser = EventStreamParser()

    init(channel: String) {
        self.channel = channel
        phase = .waiting(until: .now)
    }

    var isAttached: Bool { attached != nil }

    mutating func connect() {
        phase = .connecting
        response = StreamedResponse()
        parser = EventStreamParser()
    }

    /// The bytes of its request.
    var request: [UInt8] {
        let cursor = lastEventID.isEmpty ? "" : "Last-Event-ID: \(lastEventID)\r\n"
        return Array(
            "GET /wait?channel=\(channel) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\(cursor)\r\n".utf8)
    }

    mutating func take(_ bytes: [UInt8]) throws {
        let body = try response.take(bytes)
        if let status = response.status, status != 200 { return phase = .givenUp(status: status) }
        phase = .open
        for event in parser.take(body) {
            if event.type == "gap" {
                gapReasons.append(event.data.firstMatch(of: #/"reason":"([a-z]+)"/#).map { String($0.1) } ?? event.data)
            } else {
                payloads.append(event.data)
            }
        }
        if let milliseconds = parser.retryMilliseconds { retry = .milliseconds(milliseconds) }
        guard !parser.lastEventID.isEmpty else { return }
        lastEventID = parser.lastEventID
        if attached == nil { attached = .now }
    }

    /// The connection has ended, or there was none to be had.
    mutating func cut() {
        if case .givenUp = phase { return }
        cutCount += 1
        attached = nil
        phase = .waiting(until: .now + retry)
    }
}

/// The requests of a run.
struct Requests {
    let mark = RunMark(run: .random(in: 0 ... .max))
    private let settings: BenchSettings

    init(_ settings: BenchSettings) {
        self.settings = settings
    }

    /// A post: the payload goes into the query if the path has a place for it, else it is the body.
    var post: RequestTemplate {
        let payload = mark.text(0)
        let padding = String(repeating: "x", count: max(0, settings.payloadByteCount - payload.utf8.count))
        let isInQuery = settings.postPath.contains("{payload}")
        let beginning = begin(isInQuery ? "GET" : "POST", settings.postPath)
        let rest = isInQuery ? "\r\n" : "Content-Length: \(settings.payloadByteCount)\r\n\r\n{payload}"
        return template(beginning + rest, payload + padding)
    }

    /// A request that waits, without the empty line at its end: a poll adds its validators.
    var wait: RequestTemplate {
        switch settings.mode {
        case .poll: template(begin("GET", settings.waitPath ?? "/wait?channel={channel}&limit=1000"), "")
        case .stream: template(begin("GET", settings.waitPath ?? "/wait?channel={channel}&mode=stream&format=json"), "")
        case .sse:
            template(
                begin("GET", settings.waitPath ?? "/wait?channel={channel}") + "Accept: text/event-stream\r\n", "")
        }
    }

    private func begin(_ method: String, _ path: String) -> String {
        let fields = (["Host: \(settings.target.authority)"] + settings.fields).map { $0 + "\r\n" }.joined()
        return "\(method) \(path) HTTP/1.1\r\n\(fields)"
    }

    private func template(_ text: String, _ payload: String) -> RequestTemplate {
        RequestTemplate(text, channelPrefix: settings.channelPrefix ?? "bench-\(mark.run)-", payload: payload)
    }
}

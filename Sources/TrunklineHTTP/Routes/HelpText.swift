/// What `GET /` tells a curl: the lines to copy, one screen.
enum HelpText {
    /// - Parameter host: as the client addressed the server; `nil` if it did not say.
    static func text(host: Authority?) -> String {
        let url = "http://\(address(host))"
        return """
            Trunkline: wait for Postgres notifications, and post them, with curl.

            Wait for the next notification on a channel
              curl '\(url)/wait?channel=foo'
            ... at most 30 seconds, and as JSON
              curl '\(url)/wait?channel=foo&timeout=30&format=json'
            ... all of them, a line each, until you leave
              curl -N '\(url)/wait?channel=foo&mode=stream'
            ... all of them, in a browser
              new EventSource('\(url)/wait?channel=foo')

            Post: 200 means committed
              curl -d 'hello' '\(url)/post?channel=foo'
              curl '\(url)/post?channel=foo&payload=hello'
              curl -d channel=foo -d payload=hello \(url)/post

            Miss nothing: pass the Trunkline-Cursor of an answer to the next wait
              curl -i '\(url)/wait?channel=foo&since=CURSOR'

            See also: /channels, /healthz, /readyz, /metrics

            """
    }

    /// A `Host` may hold `$`, `;` and quotes, and these lines are made to be pasted into a shell.
    private static func address(_ host: Authority?) -> String {
        guard let host, host.host.utf8.allSatisfy({ PercentEncoding.isUnreserved($0) || "[:]".utf8.contains($0) }) else {
            return "localhost:8080"
        }
        return host.port.map { "\(host.host):\($0)" } ?? host.host
    }
}

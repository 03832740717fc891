import MicroHTTPD

/// The bounds and addresses of a server; all have the contract's defaults.
package struct ServerConfiguration: Sendable {
    /// `host:port`; port 0 lets the system choose.
    package var listen = "127.0.0.1:8080"
    /// After how long a stream says that it is alive. 1–300 s.
    package var heartbeat: Duration = .seconds(15)
    /// How long a client may take no byte of its answer.
    package var stallTimeout: Duration = .seconds(120)
    /// From the first byte of a request to the end of its header section.
    package var headTimeout: Duration = .seconds(10)
    /// From the end of the header section to the end of the body.
    package var bodyTimeout: Duration = .seconds(30)
    /// Between two requests on one connection.
    package var idleTimeout: Duration = .seconds(75)
    /// The most bytes of a header section, request line included.
    package var headBytesMax = 16 << 10
    /// The most bytes of a body.
    package var bodyBytesMax = 1 << 20
    /// The most requests held at a time; `nil` follows from the descriptor limit.
    package var heldMax: Int?
    /// The most channels of one request.
    package var channelsPerRequestMax = 100
    /// From "not ready" to the end of accepting connections.
    package var drainDelay: Duration = .zero
    /// From the end of accepting to the shutting down of what still blocks.
    package var drainTimeout: Duration = .seconds(9)
    /// Threads that parse and write, 1–64; one for two processors.
    package var workers = DaemonConfiguration.workersDefault
    /// Whether streams, and polls that wait long, are taken from libmicrohttpd, where that works.
    package var detachesHeld = true
    /// Whether `GET /post` posts.
    package var allowsGetPost = true
    /// Hosts by which a browser may address the server, beside the loopback names.
    package var allowedHosts: [String] = []

    /// The defaults.
    package init() {}
}

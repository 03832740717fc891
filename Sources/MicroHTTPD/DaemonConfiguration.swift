import Glibc
import Threads

/// What a `Daemon` is started with.
package struct DaemonConfiguration: Sendable {
    /// Threads that parse, run the responders' steps, and write, 1–64. A wake-up costs a walk over the suspended connections of
    /// one worker, a request a change of threads where there are more threads with work than processors.
    package var workers = DaemonConfiguration.workersDefault

    /// One for each two processors: the other half is for streams, for PostgreSQL's connections, and for PostgreSQL.
    package static let workersDefault = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2, 1), 64)

    /// From the first byte of a request (of a connection: from its start) to the end of its header section.
    package var headTimeout: Duration = .seconds(10)
    /// From the end of the header section to the end of the body.
    package var bodyTimeout: Duration = .seconds(30)
    /// From an answer to the next request on the same connection.
    package var idleTimeout: Duration = .seconds(75)
    /// How long a client may take no byte of an answer that is being written.
    package var stallTimeout: Duration = .seconds(120)
    /// How long `Daemon.stop()` waits for connections that it has shut down.
    package var stopTimeout: Duration = .seconds(5)
    /// The most bytes of request line and header section together; the target alone has the same limit.
    package var headByteCountMax = 16 * 1024
    /// The most bytes of a body.
    package var bodyByteCountMax = 1024 * 1024
    /// Connections at a time; beyond that none is accepted, and clients hang unanswered. Answer 503 below it: from
    /// 90 % on answers close their connections, and idle ones make room, but held requests are left alone.
    package var connectionsMax = 16_384

    /// Descriptors that may stand beside those of the connections: so many sockets that linger, and so many that are just being
    /// taken from libmicrohttpd, and are open twice.
    package var sparesMax = 512

    /// Whether streams, and requests that wait long, are served by a `DetachedEngine`, where that works, or by libmicrohttpd as it
    /// is documented.
    package var detachesHeld = true

    /// How long a request is suspended, at least, before it is detached, and twice that at the most: it costs as much as dozens of
    /// suspensions.
    package var settleTime: Duration = .milliseconds(20)

    /// The threads that serve what is detached: one for each processor, as they do not block.
    package static let detachedThreadCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// What a client may send on after it is clear that it gets a refusal: it is read and thrown away, so that it reads the
    /// answer.
    static let discardedByteCountMax = 64 * 1024 * 1024

    package init() {}

    /// The memory of one connection, for its head, a copy of its cookies, a record of 64 bytes for each header field and each cookie,
    /// and the head of the answer.
    ///
    /// Beyond `headByteCountMax` and what is kept for the answer there is room for forty fields; shorter heads may have more, and
    /// cookies of 8 KiB. Heads that do not fit are refused as too large. More of it is felt: libmicrohttpd wipes all of it and then half
    /// of it again between two requests, and 512 busy connections do not fit into a processor's cache.
    var poolByteCount: Int { headByteCountMax + 4 * 1024 }

    /// What is kept of that memory for the head of the answer.
    static let answerHeadByteCountMax = 1_536
    /// What libmicrohttpd needs of it to send a refusal.
    static let refusalHeadByteCountMax = 768

    /// How often a connection that is being served is looked at: no deadline is missed by more.
    var checkInterval: Duration {
        min(.seconds(1), headTimeout, bodyTimeout, idleTimeout, stallTimeout)
    }
}

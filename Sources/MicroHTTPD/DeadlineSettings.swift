import Threads

/// The time limits of a connection, in the form in which its state asks for them.
struct DeadlineSettings: Sendable {
    let head: Duration
    let body: Duration
    let idle: Duration
    let stall: Duration
    let checkInterval: Duration

    init(_ configuration: DaemonConfiguration) {
        head = configuration.headTimeout
        body = configuration.bodyTimeout
        idle = configuration.idleTimeout
        stall = configuration.stallTimeout
        checkInterval = configuration.checkInterval
    }
}

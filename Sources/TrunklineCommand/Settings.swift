import ArgumentParser
import Logging

/// Every setting of the server, each declared here and nowhere else: name, form with unit and range, default, help.
///
/// The names, ranges and defaults are those of the table in the README.
struct Settings: ParsableArguments {
    @Option(Setting("listen", .address, default: "127.0.0.1:8080", "Where to serve; port 0 is any free one."))
    var listen
    @Option(
        Setting(
            "database", .optional(.connectionString, none: "libpq's environment, PGHOST and so on"), default: nil,
            "PostgreSQL's connection string or URI."))
    var database

    @Option(
        Setting(
            "linger", .seconds(from: .zero, through: .seconds(3_600)), default: .seconds(60),
            "How long a channel is listened to after its last reader has left."))
    var linger
    @Option(Setting("history_count", .count(from: 0), default: 10_000, "Notifications kept per channel."))
    var historyCount
    @Option(Setting("history_bytes", .bytes(from: 0), default: 8 << 20, "Bytes kept per channel."))
    var historyBytes
    @Option(Setting("history_age", .seconds(from: .zero), default: .seconds(300), "How long a notification is kept."))
    var historyAge
    @Option(Setting("history_bytes_total", .bytes(from: 0), default: 256 << 20, "Bytes kept over all channels."))
    var historyBytesTotal
    @Option(Setting("max_channels", .count(from: 1), default: 10_000, "Channels listened to at once."))
    var maxChannels
    @Option(
        Setting(
            "post_timeout", .seconds(from: .milliseconds(100), through: .seconds(60)), default: .seconds(3),
            "A post is answered within this time."))
    var postTimeout

    @Option(
        Setting(
            "heartbeat", .seconds(from: .seconds(1), through: .seconds(300)), default: .seconds(15),
            "How long a stream is silent before it sends a heartbeat."))
    var heartbeat
    @Option(
        Setting(
            "stall_timeout", .seconds(from: .seconds(1)), default: .seconds(120),
            "How long a stream may take no byte before it is closed."))
    var stallTimeout
    @Option(
        Setting(
            "head_timeout", .seconds(from: .milliseconds(100)), default: .seconds(10),
            "A request's head must be complete within this time from its first byte."))
    var headTimeout
    @Option(
        Setting(
            "body_timeout", .seconds(from: .milliseconds(100)), default: .seconds(30),
            "A request's body must be complete within this time from its first byte."))
    var bodyTimeout
    @Option(
        Setting(
            "idle_timeout", .seconds(from: .milliseconds(100)), default: .seconds(75),
            "How long a connection may stay open between two requests."))
    var idleTimeout
    @Option(
        Setting(
            "max_head", .bytes(from: 1 << 10, through: 1 << 20), default: 16 << 10,
            "The longest head of a request."))
    var maxHead
    @Option(Setting("max_body", .bytes(from: 1, through: 1 << 30), default: 1 << 20, "The longest body of a request."))
    var maxBody
    @Option(
        Setting(
            "max_held", .optional(.count(from: 1), none: "from the descriptor limit"), default: nil,
            "Requests held at once."))
    var maxHeld
    @Option(
        Setting(
            "max_channels_per_request", .count(from: 1, through: 1_000), default: 100,
            "Channels that one request may name."))
    var maxChannelsPerRequest
    @Option(
        Setting(
            "workers", .optional(.count(from: 1, through: 64), none: "one for two processors"), default: nil,
            "Threads that read requests and write answers."))
    var workers

    @Option(
        Setting(
            "detach_held", .truth, default: true,
            "Whether what is held is taken from libmicrohttpd, which costs a fraction of the memory; false leaves it there."))
    var detachHeld

    @Option(
        Setting(
            "drain_delay", .seconds(from: .zero), default: .zero,
            "How long a stopping server goes on serving, not ready, until load balancers have seen it."))
    var drainDelay
    @Option(
        Setting(
            "drain_timeout", .seconds(from: .zero), default: .seconds(9),
            "How long requests may take to end before a stopping server cuts them off."))
    var drainTimeout

    @Option(Setting("allow_get_post", .truth, default: true, "Whether GET may post."))
    var allowGetPost
    @Option(
        Setting(
            "allowed_hosts", .hosts, default: [], "Further names, separated by commas, by which a browser may call us."))
    var allowedHosts

    @Option(Setting("log_level", .logLevel, default: .info, "What is logged on standard error."))
    var logLevel
}

extension Settings {
    /// Every setting in the order above: found by reflection, as ArgumentParser finds its flags. Of a parsed value only.
    var all: [any DeclaredSetting] {
        Mirror(reflecting: self).children.compactMap { ($0.value as? any SettingProperty)?.setting }
    }
}

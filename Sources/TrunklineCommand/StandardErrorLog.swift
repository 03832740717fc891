import Glibc
import Logging

/// Writes each log entry as one plain line on standard error: time in UTC, level, message, metadata.
///
///     2026-11-22T10:00:00.123Z info listening on 127.0.0.1:8080
///     2026-11-22T10:00:07.004Z warning cannot connect host=db1 attempt=2
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level

    /// - Parameter level: entries below it are dropped.
    init(level: Logger.Level) {
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = "\(error)" }
        var line = LogLine.render(level: event.level, message: "\(event.message)", metadata: all, at: .now)
        // One write, so that lines of several threads do not mix. Nobody could be told of its failure.
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// How an answer to `/wait` is delivered.
enum ReadingMode: String, CaseIterable, Sendable {
    /// Held until there is something, answered once.
    case poll
    /// Endless lines.
    case stream
    /// Server-sent events, for `EventSource`.
    case sse
}

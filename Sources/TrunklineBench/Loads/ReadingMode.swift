/// How the readers of a run read.
package enum ReadingMode: String, Sendable, CaseIterable {
    /// Long polls, one after the other on one connection, each with the validators of the answer before.
    case poll
    /// The endless line stream, of JSON objects, which can tell of gaps.
    case stream
    /// Server-sent events.
    case sse
}

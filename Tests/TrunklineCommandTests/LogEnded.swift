/// The process closed its log before the line that was waited for.
struct LogEnded: Error {
    let awaited: String
}

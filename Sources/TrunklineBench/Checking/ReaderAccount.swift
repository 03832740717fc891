/// What one reader was told.
struct ReaderAccount {
    let channel: Int32
    /// It was let in: from then on it must be told everything.
    var isEstablished = false
    /// Posts it was told of, each once, without those that failed.
    var receivedCount = 0
    /// Gaps that the server declared to it.
    var gapCount = 0
}

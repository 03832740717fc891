import Threads

extension Hub {
    /// Waits for the next notification on a channel.
    ///
    /// Whatever commits after PostgreSQL has confirmed the LISTEN is delivered; the first wait on a channel causes that LISTEN.
    /// A lost connection ends no wait. Between two waits notifications may pass: to read all of them, follow the channel.
    ///
    /// - Parameters:
    ///   - channel: the channel; by a string literal, or `try ChannelName(…)`.
    ///   - timeout: how long to wait at the most; `nil` waits until there is one.
    /// - Returns: the notification; `nil` after the time-out.
    /// - Throws: `.cancelled` when the task is cancelled, `.stopping` when the hub stops, `.listenRefused`,
    ///   `.notRepresentable`, `.channelInvalid`, `.overLimit`.
    public func wait(on channel: ChannelName, timeout: Duration? = nil) async throws(TrunklineError) -> Notification? {
        let wait = Wait(hub: self)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.begin(channel, timeout: timeout, continuation)
            }
        } onCancel: {
            wait.end(.failure(TrunklineError(.cancelled, "the waiting task was cancelled", channel: channel)))
        }
        return try result.get()
    }
}

import Dispatch
import Threads

/// The main thread, which has nothing to do but to wait for the end.
enum MainThread {
    /// Blocks the calling thread until `body` has run in a task of its own.
    ///
    /// - Throws: what `body` throws.
    static func wait(for body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Locked<Result<Void, any Error>>(.success(()))
        let hasEnded = DispatchSemaphore(value: 0)
        Task {
            do { try await body() } catch { outcome.withLock { $0 = .failure(error) } }
            hasEnded.signal()
        }
        hasEnded.wait()
        try outcome.withLock { $0 }.get()
    }
}

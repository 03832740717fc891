import Foundation

/// Runs blocking code on a thread of its own and awaits it, so that tests which block never starve Swift's pool, which has
/// no more threads than the machine has cores.
///
/// Swift does not see a `try` that stands only inside of `#expect`: let such code have another one outside.
///
/// The code still runs as a part of the calling task, so that an expectation which fails in it is known to belong to its
/// test.
@discardableResult
package func offPool<Value: Sendable>(_ body: @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(BlockingExecutor()) { try body() }
}

/// Runs every piece of work on a new thread.
private final class BlockingExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let work = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        // Nobody joins the thread: the task whose work it is awaits the work itself.
        Thread.detachNewThread { work.runSynchronously(on: executor) }
    }
}

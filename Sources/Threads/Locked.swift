import Glibc

/// State behind one mutex: the only way this project shares mutable state between threads and tasks.
///
/// A `pthread_mutex_t` rather than `Synchronization.Mutex`, which the thread sanitizer of Swift 6.3 on Linux reports as a
/// race although it is none. Nothing that can block, call back or log belongs inside `withLock`: decide under the lock,
/// act after it.
package final class Locked<State: ~Copyable>: @unchecked Sendable {
    // Sendable: `state` is touched inside `withLock` only, by one thread at a time.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline var state: State

    /// Takes over `state`; from now on it is reached through `withLock` only.
    package init(_ state: consuming sending State) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let result = pthread_mutex_init(mutex, nil)
        precondition(result == 0, "pthread_mutex_init failed with \(result)")
        self.state = state
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the state, one caller at a time, and returns what it decided.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}

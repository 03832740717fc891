import Glibc

/// State behind one mutex: the only way this project shares mutable state between threads and tasks.
///
/// A `pthread_mutex_t` rather than `Synchronization.Mutex`, which the thread sanitizer of Swift 6.3 on Linux reports as a
/// race although it is none. Nothing that can block, call back or log belongs inside `withLock`: decide under the lock,
/// act after it.
public final class Locked<State: ~Copyable>: @unchecked Sendable {
    // Sendable: `state` is touched inside `withLock` only, by one thread at a time.
    //
    // Public, though all that can be done with it is `package`: only then other modules get code made for their own state, and
    // a lock costs its mutex. Of a `package` class they call the one that is made for any, through the runtime.

    /// The mutex and what it guards, at one address. Behind a pointer nothing is checked for exclusive access on each use, which
    /// the mutex grants already.
    @usableFromInline
    struct Guarded: ~Copyable {
        @usableFromInline var mutex = pthread_mutex_t()
        @usableFromInline var state: State

        @usableFromInline
        init(_ state: consuming State) {
            self.state = state
        }
    }

    @usableFromInline let guarded: UnsafeMutablePointer<Guarded>

    /// Takes over `state`; from now on it is reached through `withLock` only.
    @inlinable
    package init(_ state: consuming sending State) {
        guarded = .allocate(capacity: 1)
        guarded.initialize(to: Guarded(state))
        let result = pthread_mutex_init(&guarded.pointee.mutex, nil)
        precondition(result == 0, "pthread_mutex_init failed with \(result)")
    }

    deinit {
        pthread_mutex_destroy(&guarded.pointee.mutex)
        guarded.deinitialize(count: 1)
        guarded.deallocate()
    }

    /// Runs `body` with the state, one caller at a time, and returns what it decided.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(&guarded.pointee.mutex)
        defer { pthread_mutex_unlock(&guarded.pointee.mutex) }
        return try body(&guarded.pointee.state)
    }
}

import Glibc

/// State behind one mutex: the only way this project shares mutable state between threads and tasks.
///
/// A `pthread_mutex_t` rather than `Synchronization.Mutex`, which the thread sanitizer of Swift 6.3 on Linux reports as a
/// race although it is none. Nothing that can block, call back or log belongs inside `withLock`: decide under the lock,
/// act after it. Copies share the state.
package struct Locked<State: ~Copyable>: @unchecked Sendable {
    // Sendable: the state is touched inside `withLock` only, by one thread at a time.
    @usableFromInline let storage: Storage

    /// The mutex and the state, in one piece of memory and at a fixed address.
    @usableFromInline final class Storage: ManagedBuffer<pthread_mutex_t, State> {
        deinit {
            withUnsafeMutablePointers { mutex, state in
                pthread_mutex_destroy(mutex)
                state.deinitialize(count: 1)
            }
        }
    }

    /// Takes over `state`; from now on it is reached through `withLock` only.
    package init(_ state: consuming sending State) {
        let buffer = Storage.create(minimumCapacity: 1) { _ in pthread_mutex_t() }
        storage = unsafeDowncast(buffer, to: Storage.self)
        let (mutex, place) = storage.withUnsafeMutablePointers { ($0, $1) }
        let result = pthread_mutex_init(mutex, nil)
        precondition(result == 0, "pthread_mutex_init failed with \(result)")
        place.initialize(to: state)
    }

    /// Runs `body` with the state, one caller at a time, and returns what it decided.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeMutablePointers { mutex, state throws(Failure) in
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&state.pointee)
        }
    }
}

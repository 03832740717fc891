import Glibc

/// State behind one mutex: the only way this project shares mutable state between threads and tasks. All copies are the same
/// state.
///
/// A `pthread_mutex_t` rather than `Synchronization.Mutex`, which the thread sanitizer of Swift 6.3 on Linux reports as a
/// race although it is none. Nothing that can block, call back or log belongs inside `withLock`: decide under the lock,
/// act after it.
public struct Locked<State: ~Copyable>: @unchecked Sendable {
    // Sendable: the state is touched inside `withLock` only, by one thread at a time.
    //
    // Public, though all that can be done with it is `package`: only then other modules get code made for their own state, and
    // a lock costs its mutex. Of a `package` type they call the code that is made for any, through the runtime.

    /// The mutex and the state in one piece of memory.
    @usableFromInline
    final class Guarded: ManagedBuffer<pthread_mutex_t, State> {
        deinit {
            withUnsafeMutablePointers { mutex, state in
                pthread_mutex_destroy(mutex)
                _ = state.deinitialize(count: 1)
            }
        }
    }

    @usableFromInline let guarded: ManagedBuffer<pthread_mutex_t, State>

    /// Takes over `state`; from now on it is reached through `withLock` only.
    @inlinable
    package init(_ state: consuming sending State) {
        guarded = Guarded.create(minimumCapacity: 1) { _ in pthread_mutex_t() }
        let result = guarded.withUnsafeMutablePointerToHeader { pthread_mutex_init($0, nil) }
        precondition(result == 0, "pthread_mutex_init failed with \(result)")
        guarded.withUnsafeMutablePointerToElements { $0 }.initialize(to: state)
    }

    /// Runs `body` with the state, one caller at a time, and returns what it decided.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try guarded.withUnsafeMutablePointers { (mutex, state) throws(Failure) in
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&state.pointee)
        }
    }
}

import CLinux
import Glibc

/// One thread of the operating system with a name that `top -H` and a debugger show; joined once, or never.
package final class NamedThread: Sendable {
    private let thread: Locked<pthread_t?>

    /// Starts `body` on a new thread.
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes are kept (`PR_SET_NAME`).
    ///   - body: the thread's whole life; it must have an exit.
    package init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                // Balances `passRetained`: this is the one completion of that registration.
                let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
                _ = trunkline_name_this_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        precondition(result == 0, "cannot start the thread \(name): error \(result)")
        self.thread = Locked(thread)
    }

    deinit {
        if let thread = take() { pthread_detach(thread) }
    }

    /// Waits until the thread's body has returned. Later calls return at once, and so does the thread's own: the last owner
    /// of what it serves may let go of it there.
    package func join() {
        guard let thread = take() else { return }
        if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
    }

    private func take() -> pthread_t? {
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

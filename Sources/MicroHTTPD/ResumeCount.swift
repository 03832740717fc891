import Glibc
import Synchronization

/// How many threads are inside `MHD_resume_connection`.
///
/// It touches the daemon after the connection is on its way again, so `MHD_stop_daemon` must wait for it even when no
/// connection is left.
final class ResumeCount: Sendable {
    private let count = Atomic<Int>(0)

    func begin() {
        count.add(1, ordering: .acquiringAndReleasing)
    }

    func end() {
        count.subtract(1, ordering: .acquiringAndReleasing)
    }

    /// Waits for the few instructions that are left to whoever is inside.
    func waitUntilNone() {
        while count.load(ordering: .acquiring) > 0 { sched_yield() }
    }
}

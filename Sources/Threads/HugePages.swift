import CLinux
import Glibc

/// Huge pages that the kernel gives without being asked. Corresponds to `PR_SET_THP_DISABLE` of `prctl(2)`.
package enum HugePages {
    /// Has this process get none, unless the environment tunes the C library's memory.
    ///
    /// What is held for long lies in small pieces with gaps between them, which are given back to the kernel. Where it hands out
    /// huge pages to everybody (`/sys/kernel/mm/transparent_hugepage/enabled` is `always`), it fills the gaps again.
    package static func decline() {
        guard getenv("GLIBC_TUNABLES") == nil else { return }
        // A kernel without them refuses, and there are none.
        _ = trunkline_decline_huge_pages()
    }
}

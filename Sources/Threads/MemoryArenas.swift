import CLinux
import Glibc

/// The arenas of the C library's memory, which threads take turns at. Corresponds to `M_ARENA_MAX` of `mallopt(3)`.
package enum MemoryArenas {
    /// Bounds their number by twice that of the processors, unless the environment says otherwise; before threads are there.
    ///
    /// By itself the library makes eight for each processor. What each keeps for later is of no use to the others: memory grew by half over
    /// a hundred thousand connections. With one for each, a worker shares its own with threads whose small pieces come to lie between the
    /// connections' memory, far from one another.
    package static func limitByProcessors() {
        guard getenv("MALLOC_ARENA_MAX") == nil, getenv("GLIBC_TUNABLES") == nil else { return }
        let count = 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        // Another allocator in the library's place, such as a sanitizer's, has no arenas and refuses.
        _ = mallopt(M_ARENA_MAX, Int32(clamping: count))
    }
}

import Glibc

/// Memory whose contents are of no use any more.
enum ScratchPages {
    /// Bytes.
    static let pageByteCount = sysconf(Int32(_SC_PAGESIZE))

    /// Gives the kernel back the pages that lie wholly in `memory`: it reads as zeros there from now on, stays allocated, and gets
    /// new pages where it is written to. Corresponds to `madvise` with `MADV_DONTNEED`.
    static func release(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress else { return }
        let first = start.alignedUp(toMultipleOf: pageByteCount)
        let end = (start + memory.count).alignedDown(toMultipleOf: pageByteCount)
        guard first < end else { return }
        // Pages that are locked in memory are refused, and stay: nothing depends on it.
        _ = madvise(first, end - first, Int32(MADV_DONTNEED))
    }
}

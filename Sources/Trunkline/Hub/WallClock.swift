import Glibc

/// The time of day, to be shown and never to be reckoned with.
enum WallClock {
    /// Milliseconds since 1970-01-01 UTC.
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

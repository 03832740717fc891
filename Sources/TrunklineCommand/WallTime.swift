import Glibc

/// A moment of the wall clock, for people to read. Corresponds to `CLOCK_REALTIME`.
struct WallTime: CustomStringConvertible {
    /// Since 1970-01-01 in UTC, in milliseconds.
    let milliseconds: Int64

    /// The present.
    static var now: Self {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Self(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// In ISO 8601 with milliseconds: `2026-11-22T10:00:00.123Z`.
    var description: String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [pad(parts.tm_year + 1_900, 4), pad(parts.tm_mon + 1, 2), pad(parts.tm_mday, 2)]
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { pad($0, 2) }
        return date.joined(separator: "-") + "T" + time.joined(separator: ":") + "." + pad(Int32(milliseconds % 1_000), 3) + "Z"
    }

    private func pad(_ number: Int32, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

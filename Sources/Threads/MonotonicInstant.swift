import Glibc

/// A point in time on `CLOCK_MONOTONIC`, in nanoseconds: never moved by the wall clock, comparable within one boot only.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present.
    package static var now: MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (instant: Self, duration: Duration) -> Self {
        let (sum, isOverflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Self(nanoseconds: isOverflow ? .max : sum)
    }

    /// How long after `right` this instant is; negative if it is before.
    package static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds, clamped to 64 bits (292 years).
    package var nanoseconds: Int64 {
        // Not by its components: they take several times as long.
        Int64(clamping: attoseconds / 1_000_000_000)
    }
}

import ArgumentParser

/// The limits of the benchmarks' numbers.
enum BenchNumber {
    /// How many connections one process can have, beside what else it has open.
    static let connections = 1...1_000_000

    /// - Throws: a sentence that names the flag, when the value is past the limits.
    static func check(_ flag: String, _ value: Int?, _ limits: ClosedRange<Int>) throws {
        guard let value, !limits.contains(value) else { return }
        throw ValidationError("\(flag) \(value): must be between \(limits.lowerBound) and \(limits.upperBound)")
    }

    /// - Throws: a sentence, when nothing would be measured.
    static func check(duration: DecimalSeconds?) throws {
        guard let duration, duration.duration <= .zero else { return }
        throw ValidationError("--duration \(duration): must be more than 0")
    }

    /// - Throws: a sentence, when the rate is none.
    static func check(rate: Double?) throws {
        guard let rate, !(rate > 0 && rate.isFinite) else { return }
        throw ValidationError("--rate \(rate): must be more than 0")
    }
}

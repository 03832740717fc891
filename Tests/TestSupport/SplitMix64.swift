import Glibc

/// Random numbers that can be had again: a property test prints this generator when it fails.
///
/// The algorithm is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
package struct SplitMix64: RandomNumberGenerator, CustomStringConvertible, Sendable {
    private let seed: UInt64
    private var state: UInt64

    /// Begins with a seed of its own, or with that of the environment variable `TRUNKLINE_TEST_SEED`.
    package init() {
        let given = getenv("TRUNKLINE_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? .random(in: .min ... .max))
    }

    /// Begins with this seed.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// How to have the same numbers again.
    package var description: String { "repeat with TRUNKLINE_TEST_SEED=\(seed)" }
}

extension SplitMix64 {
    /// Random bytes.
    package mutating func bytes(count: Int, in range: ClosedRange<UInt8> = 0...255) -> [UInt8] {
        (0..<count).map { _ in .random(in: range, using: &self) }
    }
}

import Glibc

/// How many times slower than usual everything is said to be by the environment variable `TRUNKLINE_TEST_SLOWDOWN`, as it is
/// under a sanitizer. Whatever the tests wait for may take so many times as long; what they promise of the server may not.
package enum Slowdown {
    /// 1 unless the variable says otherwise.
    package static let factor = getenv("TRUNKLINE_TEST_SLOWDOWN").flatMap { Int(String(cString: $0)) } ?? 1
}

import Glibc
import Threads

/// Asks again and again until the answer is yes: the way to wait for what announces itself to nobody.
///
/// - Parameters:
///   - what: completes "waited in vain until …".
///   - duration: how long to ask at the most, where nothing slows the tests down; see `Slowdown`.
/// - Throws: a `TestSupportError` when the time is over, and whatever `condition` throws.
package func eventually(
    _ what: String, within duration: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws {
    let deadline = MonotonicInstant.now + duration * Slowdown.factor
    while try await !condition() {
        guard .now < deadline else { throw TestSupportError("waited in vain for \(duration * Slowdown.factor) until \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// The same as `eventually`, for blocking code, which belongs into `offPool`.
package func blockUntil(
    _ what: String, within duration: Duration = .seconds(10), _ condition: () throws -> Bool
) throws {
    let deadline = MonotonicInstant.now + duration * Slowdown.factor
    while try !condition() {
        guard .now < deadline else { throw TestSupportError("waited in vain for \(duration * Slowdown.factor) until \(what)") }
        usleep(2_000)
    }
}

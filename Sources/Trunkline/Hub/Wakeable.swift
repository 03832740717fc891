/// Somebody who is parked, and looks again when woken.
///
/// A wake-up promises nothing: there may be a notification, a gap, a failure, the end of a hold, or nothing at all.
package protocol Wakeable: AnyObject, Sendable {
    /// Called on the listener's, the waker's or the timekeeper's thread with no lock held; must be short and must not block.
    func wake()
}

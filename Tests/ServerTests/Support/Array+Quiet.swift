import TestSupport

extension [RawConnection] {
    /// True when none of them has been sent anything that is not read, and none was closed.
    var areQuiet: Bool { allSatisfy { $0.isQuiet } }
}

import Glibc
import TestSupport
import Threads

/// One attempt to read, which a fault may end at any byte: that is what the runs are for, so it is noted and not thrown.
struct Attempt {
    private let isCut: Bool

    init(_ body: () throws -> Void) {
        do {
            try body()
            isCut = false
        } catch {
            isCut = true
        }
    }

    /// Notes a cut, and lets a moment pass, as everybody does who comes back.
    func rest(_ log: ReaderLog) {
        guard !log.isOver else { return }
        if isCut { log.noteCut() }
        usleep(isCut ? 20_000 : 1_000)
    }
}

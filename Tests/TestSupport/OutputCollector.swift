import Foundation
import Glibc
import Threads

/// Collects what a program writes into a pipe, on a thread of its own, so that the program never stalls on a full pipe.
package final class OutputCollector: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isAtEnd = false
    }

    private let state = Locked(State())

    /// Reads `descriptor` to its end and closes it.
    init(reading descriptor: Int32) {
        let state = state
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                state.withLock { $0.bytes += buffer[..<count] }
            }
            close(descriptor)
            state.withLock { $0.isAtEnd = true }
        }
    }

    /// Everything so far.
    package var bytes: [UInt8] { state.withLock { $0.bytes } }

    /// Everything so far as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The complete lines so far.
    package var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// True when no more can come: all who held the pipe have closed it.
    package var isAtEnd: Bool { state.withLock { $0.isAtEnd } }

    /// Takes what came before `mark`, and drops the mark; `nil` while it has not come.
    func take(before mark: String) -> String? {
        state.withLock { state in
            guard let range = state.bytes.firstRange(of: Array(mark.utf8)) else { return nil }
            defer { state.bytes.removeSubrange(..<range.upperBound) }
            return String(decoding: state.bytes[..<range.lowerBound], as: UTF8.self)
        }
    }
}

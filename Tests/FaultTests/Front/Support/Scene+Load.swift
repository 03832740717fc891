import HistoryChecker
import TestSupport
import Threads

extension Scene {
    /// Notifies past the server, at a steady pace and each payload beginning with its number and a blank, until told to stop.
    ///
    /// - Parameters:
    ///   - byteCount: of each payload.
    ///   - perSecond: how many; they go in ten transactions a second.
    /// - Returns: how many there were; numbers begin with 1.
    func flood(_ channel: String, byteCount: Int, perSecond: Int, until isOver: () throws -> Bool) throws -> Int {
        let session = try PsqlSession(cluster, database: database)
        let start = MonotonicInstant.now
        var count = 0
        while try !isOver() {
            let due = Int((MonotonicInstant.now - start).inSeconds * Double(perSecond))
            guard due >= count + perSecond / 10 else {
                try blockUntil("the next are due", within: .seconds(2)) {
                    Int((MonotonicInstant.now - start).inSeconds * Double(perSecond)) >= count + perSecond / 10
                }
                continue
            }
            // One that has fallen behind does not make up for it at once.
            let next = count + min(due - count, perSecond / 2)
            try session.run(
                """
                SELECT count(pg_notify('\(channel)', rpad(n || ' ', \(byteCount), 'x')))
                FROM generate_series(\(count + 1), \(next)) n;
                """, within: .seconds(60))
            count = next
        }
        return count
    }

    /// The number with which a payload of `flood` begins; `nil` unless it is whole.
    static func number(in payload: String, byteCount: Int) -> Int? {
        guard payload.utf8.count == byteCount, let end = payload.utf8.firstIndex(of: UInt8(ascii: " ")),
            payload.utf8[end...].dropFirst().allSatisfy({ $0 == UInt8(ascii: "x") })
        else { return nil }
        return Int(payload[..<end])
    }
}

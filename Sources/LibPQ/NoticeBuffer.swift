import CLibPQ

/// The last notices of one connection. libpq would write them to stderr, and nothing a server says may get there.
///
/// Belongs to its connection and is touched by that connection's thread only: libpq calls back from within its own calls.
final class NoticeBuffer {
    /// How many notices are kept; the oldest give way.
    static let countMax = 32

    private var notices: [String] = []

    /// Why the server ended the session, if it said so: libpq takes a farewell to an idle session for a notice.
    private(set) var farewell: PostgresError?

    /// Hands over what was kept.
    func take() -> [String] {
        defer { notices = [] }
        return notices
    }

    fileprivate func append(_ notice: PostgresError, severity: String) {
        if severity == "FATAL" || severity == "PANIC" { farewell = notice }
        if notices.count == Self.countMax { notices.removeFirst() }
        notices.append("\(severity): \(notice)")
    }

    /// Makes libpq deliver the notices of `connection` here, for as long as it lives. Corresponds to `PQsetNoticeReceiver`.
    func receive(from connection: OpaquePointer) {
        PQsetNoticeReceiver(connection, receiveNotice, Unmanaged.passUnretained(self).toOpaque())
    }
}

/// What libpq calls for each notice. `result` stays libpq's own.
private func receiveNotice(context: UnsafeMutableRawPointer?, result: OpaquePointer?) {
    guard let context, let result else { return }
    // Unretained: `Connection` holds the buffer until after `PQfinish`, and libpq calls this only before.
    let buffer = Unmanaged<NoticeBuffer>.fromOpaque(context).takeUnretainedValue()
    buffer.append(PostgresError(result: result), severity: trunkline_error_severity(result)?.trimmedText ?? "NOTICE")
}

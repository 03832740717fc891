import CLibPQ
import Glibc

extension Connection {
    /// Queues a message of one or more statements, which the server runs as one transaction. Not in pipeline mode.
    /// Corresponds to `PQsendQuery`.
    ///
    /// - Parameter sql: in the client encoding, without NUL.
    /// - Throws: libpq's words when another query is still running or the session is lost.
    package func send(_ sql: [UInt8]) throws(PostgresError) {
        guard !sql.contains(0) else { throw PostgresError(message: "a statement cannot hold a NUL byte") }
        let result = (sql + [0]).withUnsafeBytes { PQsendQuery(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
        guard result == 1 else { throw lastError }
    }

    /// Queues a message of one or more statements; see `send(_:)` of bytes.
    package func send(_ sql: String) throws(PostgresError) {
        try send(Array(sql.utf8))
    }

    /// Writes what is queued, as far as the socket takes it. Corresponds to `PQflush`.
    ///
    /// - Returns: true when everything is out. Else sleep until the socket is writable *or readable*, consume input if it
    ///   is, and call again: the server may wait for us to read before it reads on.
    package func flush() throws(PostgresError) -> Bool {
        switch PQflush(handle) {
        case 0: return true
        case 1: return false
        default: throw lastError
        }
    }

    /// Reads what the socket holds. Corresponds to `PQconsumeInput`.
    ///
    /// - Throws: the server's farewell or libpq's words when the session is lost. What was read before is still there: take
    ///   the notifications and results first, then give the connection up.
    package func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(handle) == 1 else { throw lastError }
    }

    /// True while `nextResult()` would have to wait for the server. Corresponds to `PQisBusy`.
    package var isBusy: Bool { PQisBusy(handle) == 1 }

    /// The next result of what was sent; only while not `isBusy`, or when the session is lost. Corresponds to `PQgetResult`.
    ///
    /// - Returns: `nil` after the last result of a query. In pipeline mode, `nil` ends each statement's results, but none
    ///   follows a `pipelineSync`; once the last of these has come, `nil` means that nothing is under way. A segment has
    ///   committed only when its `pipelineSync` has come with no failure before it: one in the commit itself (a
    ///   `lock_timeout`) comes as a `failed` of its own, after all statements have succeeded.
    package func nextResult() -> QueryResult? {
        precondition(!isBusy || isBroken, "nextResult() would block: ask isBusy first")
        guard let result = PQgetResult(handle) else { return nil }
        return QueryResult(handle: result)
    }

    /// The next notification among what was read. Corresponds to `PQnotifies`.
    ///
    /// Results can bring notifications along: call until `nil` after every read and before every sleep.
    package func nextNotification() -> DeliveredNotification? {
        guard let notification = PQnotifies(handle) else { return nil }
        defer { trunkline_free_notify(notification) }
        return DeliveredNotification(
            channel: Array(cString: notification.pointee.relname), payload: Array(cString: notification.pointee.extra),
            processID: notification.pointee.be_pid)
    }

    /// `bytes` as a quoted identifier. Corresponds to `PQescapeIdentifier`.
    ///
    /// - Parameter bytes: a name in the client encoding, without NUL. Its length is the caller's to check: the server cuts
    ///   what is longer than 63 bytes.
    /// - Throws: libpq's words for bytes that are no text in the client encoding.
    package func quotedIdentifier(_ bytes: [UInt8]) throws(PostgresError) -> [UInt8] {
        // libpq would end the name at a NUL byte: the name of another channel.
        guard !bytes.contains(0) else { throw PostgresError(message: "a name cannot hold a NUL byte") }
        // libpq is given the count, but an empty array has no address to give.
        let quoted = (bytes + [0]).withUnsafeBytes {
            PQescapeIdentifier(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard let quoted else { throw lastError }
        defer { PQfreemem(quoted) }
        return Array(cString: quoted)
    }
}

extension [UInt8] {
    /// The bytes of a C string, without its NUL.
    fileprivate init(cString: UnsafePointer<CChar>) {
        self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }
}

import CLibPQ

/// One result of a statement. Corresponds to `PGresult`; the end of its life is `PQclear`.
package struct QueryResult: ~Copyable {
    /// What kind of result this is. Corresponds to `ExecStatusType`.
    package enum Status: Sendable {
        /// A statement without rows has succeeded.
        case commandOK
        /// A statement with rows, maybe none, has succeeded.
        case tuplesOK
        /// The point where `sync()` was called.
        case pipelineSync
        /// The statement was not run, because one before it in the same segment had failed.
        case pipelineAborted
        /// The statement has failed, see `error`.
        case failed
        /// An empty statement, or one of those that this project never sends (COPY, single rows).
        case other
    }

    private let handle: OpaquePointer

    init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { PQclear(handle) }

    /// What kind of result this is.
    package var status: Status {
        switch PQresultStatus(handle) {
        case PGRES_COMMAND_OK: .commandOK
        case PGRES_TUPLES_OK: .tuplesOK
        case PGRES_PIPELINE_SYNC: .pipelineSync
        case PGRES_PIPELINE_ABORTED: .pipelineAborted
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: .failed
        default: .other
        }
    }

    /// Why the statement failed, `nil` if it did not.
    package var error: PostgresError? {
        switch status {
        case .failed: PostgresError(result: handle)
        default: nil
        }
    }

    /// How many rows there are.
    package var rowCount: Int { Int(PQntuples(handle)) }

    /// How many fields a row has.
    package var columnCount: Int { Int(PQnfields(handle)) }

    /// One field as bytes in the client encoding; `nil` for NULL. Corresponds to `PQgetvalue`.
    package func bytes(row: Int, column: Int) -> [UInt8]? {
        precondition(row < rowCount && column < columnCount, "no field (\(row), \(column)) in this result")
        guard PQgetisnull(handle, Int32(row), Int32(column)) == 0 else { return nil }
        let count = Int(PQgetlength(handle, Int32(row), Int32(column)))
        return Array(UnsafeRawBufferPointer(start: PQgetvalue(handle, Int32(row), Int32(column)), count: count))
    }

    /// One field as text; `nil` for NULL. Bytes that are not UTF-8 become U+FFFD.
    package func value(row: Int, column: Int) -> String? {
        bytes(row: row, column: column).map { String(decoding: $0, as: UTF8.self) }
    }
}

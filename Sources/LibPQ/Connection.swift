import CLibPQ

/// One connection to PostgreSQL, used asynchronously: no call here waits for the network, but for `init`, in which libpq
/// resolves the host's name. Sleeping on `socket` is the owner's work.
///
/// Belongs to one thread at a time. Corresponds to `PGconn`; the end of its life is `PQfinish`.
package struct Connection: ~Copyable {
    /// The libpq connection; leaves this module nowhere.
    let handle: OpaquePointer
    private let notices = NoticeBuffer()

    /// Begins to connect; `advanceConnecting()` goes on when the socket is first writable. Blocks while a host's name is
    /// resolved (`hostaddr` avoids that). libpq's `connect_timeout` has no effect. Corresponds to `PQconnectStartParams`.
    ///
    /// - Parameter parameters: one attempt, as in `ConnectionParameters.attempts`.
    /// - Throws: libpq's words when it refuses the parameters or cannot begin.
    package init(parameters: ConnectionParameters) throws(PostgresError) {
        let settings = parameters.settings
        // One allocation that ends when libpq has copied the words.
        let words = CStringArray(settings.map(\.keyword))
        let values = CStringArray(settings.map(\.value))
        guard let handle = PQconnectStartParams(words.pointers, values.pointers, 0) else {
            throw PostgresError(message: "libpq has no memory for a connection")
        }
        // Only the verbose form tells the SQLSTATE of a connection that was refused.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        guard PQstatus(handle) != CONNECTION_BAD else {
            let error = PostgresError(connection: handle)
            PQfinish(handle)
            throw error
        }
        self.handle = handle
        notices.receive(from: handle)
    }

    deinit { PQfinish(handle) }

    /// Goes one step on towards a session. Corresponds to `PQconnectPoll`.
    ///
    /// - Returns: what to wait for before the next call, on `socket` as it is then: libpq changes it between steps.
    package mutating func advanceConnecting() -> ConnectProgress {
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: return .wantsRead
        case PGRES_POLLING_WRITING: return .wantsWrite
        case PGRES_POLLING_OK:
            guard PQsetnonblocking(handle, 1) == 0 else { return .failed(PostgresError(connection: handle)) }
            PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
            return .connected
        default: return .failed(PostgresError(verbose: PQerrorMessage(handle).trimmedText))
        }
    }

    /// The descriptor to sleep on, -1 when there is none. Read it anew after each step of connecting. Corresponds to
    /// `PQsocket`.
    package var socket: Int32 { PQsocket(handle) }

    /// True when the session is lost for good. Corresponds to `PQstatus`.
    package var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }

    /// What went wrong last: the server's farewell if it ended the session with one, else libpq's words.
    package var lastError: PostgresError { notices.farewell ?? PostgresError(connection: handle) }

    /// A setting the server reports by itself, such as `server_encoding`. Corresponds to `PQparameterStatus`.
    package func parameter(_ name: String) -> String? {
        PQparameterStatus(handle, name).map { String(cString: $0) }
    }

    /// The server process of this session. Corresponds to `PQbackendPID`.
    package var processID: Int32 { PQbackendPID(handle) }

    /// The server's version, 150018 for 15.18. Corresponds to `PQserverVersion`.
    package var serverVersion: Int32 { PQserverVersion(handle) }

    /// The server's notices since the last call, the last 32 at the most.
    package func takeNotices() -> [String] { notices.take() }
}

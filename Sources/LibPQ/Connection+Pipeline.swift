import CLibPQ

extension Connection {
    /// Begins pipeline mode, in which statements are sent without waiting for the results of those before. Corresponds to
    /// `PQenterPipelineMode`.
    ///
    /// - Throws: libpq's words when a query is still running.
    package func enterPipeline() throws(PostgresError) {
        guard PQenterPipelineMode(handle) == 1 else { throw lastError }
    }

    /// Ends pipeline mode. Corresponds to `PQexitPipelineMode`.
    ///
    /// - Throws: libpq's words when results are still to be taken.
    package func exitPipeline() throws(PostgresError) {
        guard PQexitPipelineMode(handle) == 1 else { throw lastError }
    }

    /// Queues a point of synchronisation: what was sent since the last one is a transaction of its own, and an error in
    /// it skips only what is left before this point. Its result is a `pipelineSync`. Corresponds to `PQpipelineSync`.
    package func sync() throws(PostgresError) {
        guard PQpipelineSync(handle) == 1 else { throw lastError }
    }

    /// Queues the preparation of one statement. Corresponds to `PQsendPrepare`.
    ///
    /// - Parameters:
    ///   - name: unique in this session; preparing the same name twice fails at the server.
    ///   - sql: one statement with `$1`, `$2`, …, whose types the server infers.
    package func prepare(_ name: String, _ sql: String) throws(PostgresError) {
        guard PQsendPrepare(handle, name, sql, 0, nil) == 1 else { throw lastError }
    }

    /// Queues one run of a prepared statement, with results as text. Corresponds to `PQsendQueryPrepared`.
    package func sendPrepared(_ name: String, _ parameters: [QueryParameter]) throws(PostgresError) {
        let result = QueryParameter.withValues(of: parameters) { values, lengths, formats in
            PQsendQueryPrepared(handle, name, Int32(parameters.count), values, lengths, formats, 0)
        }
        guard result == 1 else { throw lastError }
    }

    /// Queues one statement with its parameters, with results as text. Corresponds to `PQsendQueryParams`.
    ///
    /// - Parameter sql: one statement with `$1`, `$2`, …, whose types the server infers: write `$1::text[]`.
    package func send(_ sql: String, _ parameters: [QueryParameter]) throws(PostgresError) {
        let result = QueryParameter.withValues(of: parameters) { values, lengths, formats in
            PQsendQueryParams(handle, sql, Int32(parameters.count), nil, values, lengths, formats, 0)
        }
        guard result == 1 else { throw lastError }
    }
}

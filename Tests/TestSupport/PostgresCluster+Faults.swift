import Glibc

extension PostgresCluster {
    /// Ends all sessions with this name. Corresponds to `pg_terminate_backend`.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package func terminateBackend(applicationName: String) throws -> Int {
        let pids = try processes(applicationName: applicationName)
        for pid in pids { try psql("SELECT pg_terminate_backend(\(pid), 5000)") }
        return pids.count
    }

    /// Sends a signal to the server processes of all sessions with this name: `SIGSTOP` and `SIGCONT` for one that hangs,
    /// `SIGKILL` for a crash of the whole cluster.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package func signalBackend(applicationName: String, _ number: Int32) throws -> Int {
        let pids = try processes(applicationName: applicationName)
        for pid in pids { kill(pid, number) }
        return pids.count
    }

    /// Lets a stranger hold the notification lock of the cluster: its `INSERT` with `NOTIFY` waits in its commit for a
    /// standby that there is not. Blocks until it does.
    ///
    /// - Returns: the stranger's session; it has its answer after `releaseNotificationLock()`.
    package func holdNotificationLock() throws -> PsqlSession {
        try psql("CREATE TABLE IF NOT EXISTS held (number int)")
        try configure("synchronous_standby_names", "nosuch")
        let session = try PsqlSession(self)
        try session.send("BEGIN; INSERT INTO held VALUES (1); NOTIFY held; COMMIT;")
        try blockUntil("a stranger holds the notification lock") {
            try psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "1"
        }
        return session
    }

    /// Ends what `holdNotificationLock()` began.
    package func releaseNotificationLock() throws {
        try configure("synchronous_standby_names", nil)
    }

    private func processes(applicationName: String) throws -> [pid_t] {
        try activity().filter { $0.applicationName == applicationName }.map(\.pid)
    }
}

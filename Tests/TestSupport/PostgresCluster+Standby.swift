import Foundation

extension PostgresCluster {
    /// Makes a cluster that follows another one by streaming, and answers questions as it does.
    ///
    /// - Parameter listensOnTCP: whether it can also be reached on a port of 127.0.0.1.
    package static func standby(of primary: PostgresCluster, listensOnTCP: Bool = false) throws -> PostgresCluster {
        let standby = try PostgresCluster(listensOnTCP: listensOnTCP)
        try standby.stop(.immediate)
        try FileManager.default.removeItem(atPath: standby.dataDirectory)
        try standby.account.check(
            PostgresPrograms.path(of: "pg_basebackup"),
            [
                "-d", primary.conninfo(), "-D", standby.dataDirectory, "--write-recovery-conf", "--checkpoint=fast",
                "--no-sync",
            ])
        // The copy is the primary's in all else.
        let file = try FileHandle(forWritingTo: URL(filePath: "\(standby.dataDirectory)/postgresql.conf"))
        try file.seekToEnd()
        let own = """
            listen_addresses = '\(listensOnTCP ? "127.0.0.1" : "")'
            port = '\(standby.port ?? 5432)'
            unix_socket_directories = '\(standby.directory)'

            """
        try file.write(contentsOf: Data(own.utf8))
        try file.close()
        try standby.start()
        try blockUntil("the standby follows") {
            try primary.psql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") != "0"
        }
        return standby
    }

    /// Makes a standby a primary, and waits until it is. The primary that it followed is left as it is.
    package func promote() throws {
        try account.check(PostgresPrograms.path(of: "pg_ctl"), ["-D", dataDirectory, "-w", "promote"])
        try blockUntil("it is no standby any more") { try psql("SELECT pg_is_in_recovery()") == "f" }
    }

    /// Waits until everything that was written here so far has come to its standbys.
    package func awaitStandbys() throws {
        let position = try psql("SELECT pg_current_wal_lsn()")
        try blockUntil("the standbys have everything") {
            try psql("SELECT coalesce(bool_and(replay_lsn >= '\(position)'), false) FROM pg_stat_replication") == "t"
        }
    }
}

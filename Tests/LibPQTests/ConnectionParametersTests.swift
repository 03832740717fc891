import Glibc
import LibPQ
import Testing

@Suite("Connection parameters")
struct ConnectionParametersTests {
    /// What one attempt is told of where to go: host, hostaddr, port.
    private func places(_ dsn: String) throws -> [[String?]] {
        try ConnectionParameters(dsn: dsn).attempts.map { [$0["host"], $0["hostaddr"], $0["port"]] }
    }

    @Test("a conninfo and a URI say the same")
    func forms() throws {
        let conninfo = try ConnectionParameters(dsn: "host=db port=6000 dbname='my db' user=me password='a b'")
        let uri = try ConnectionParameters(dsn: "postgresql://me:a%20b@db:6000/my%20db")
        for parameters in [conninfo, uri] {
            #expect(parameters["host"] == "db")
            #expect(parameters["port"] == "6000")
            #expect(parameters["dbname"] == "my db")
            #expect(parameters["user"] == "me")
            #expect(parameters["password"] == "a b")
        }
    }

    @Test("each host is an attempt of its own, with its own port")
    func severalHosts() throws {
        #expect(
            try places("host=a,b,c port=1,2,3 dbname=d") == [["a", nil, "1"], ["b", nil, "2"], ["c", nil, "3"]])
        #expect(try places("postgres://u@a:1,b:2/d") == [["a", nil, "1"], ["b", nil, "2"]])
    }

    @Test("a single port is that of every host")
    func onePort() throws {
        #expect(try places("host=a,b port=7") == [["a", nil, "7"], ["b", nil, "7"]])
    }

    @Test("IPv6 addresses keep their colons and lose their brackets")
    func addressesOfVersion6() throws {
        #expect(
            try places("postgres://[2001:db8::1]:6543,[::1]/d?port=6543,5433")
                == [["2001:db8::1", nil, "6543"], ["::1", nil, "5433"]])
        #expect(try places("host=::1,2001:db8::1 port=1,2") == [["::1", nil, "1"], ["2001:db8::1", nil, "2"]])
    }

    @Test("hostaddr alone makes attempts, and with host they go in pairs")
    func hostAddresses() throws {
        #expect(try places("hostaddr=10.0.0.1,10.0.0.2 port=1") == [[nil, "10.0.0.1", "1"], [nil, "10.0.0.2", "1"]])
        #expect(
            try places("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2")
                == [["a", "10.0.0.1", "1"], ["b", "10.0.0.2", "2"]])
    }

    @Test("an attempt keeps everything else of the DSN")
    func otherSettings() throws {
        let attempts = try ConnectionParameters(dsn: "host=a,b dbname=d user=u sslmode=require").attempts
        #expect(attempts.map { $0["dbname"] } == ["d", "d"])
        #expect(attempts.map { $0["sslmode"] } == ["require", "require"])
    }

    @Test("without a host there is one attempt")
    func noHost() throws {
        #expect(try ConnectionParameters(dsn: "dbname=d").attempts.count == 1)
        #expect(try ConnectionParameters(dsn: "").attempts.count == 1)
    }

    @Test(
        "lists that do not fit are refused in libpq's words",
        arguments: [
            ("host=a,b port=1,2,3", "could not match 3 port numbers to 2 hosts"),
            ("host=a,b hostaddr=10.0.0.1", "could not match 2 host names to 1 hostaddr values"),
        ])
    func unequalLists(dsn: String, words: String) throws {
        let error = try #require(throws: PostgresError.self) { _ = try ConnectionParameters(dsn: dsn) }
        #expect(error.message == words)
    }

    @Test(
        "a DSN that cannot be read is refused without a word of it",
        arguments: [
            "host=db password=hunter2 hunter3", "host=db password='hunter2", "hunter2=x",
            "postgres://u:hunter2%zz@db/d", "postgres://u:hunter2@[::1/d", "postgres://u:hunter2@db/d?hunter3=1",
            #"password="hunter2 hunter3" host=x"#, "postgres://u:hunter2@[::1]x/d", #"host=a password=hunter2" "hunter3"#,
        ])
    func unreadable(dsn: String) throws {
        let error = try #require(throws: PostgresError.self) { _ = try ConnectionParameters(dsn: dsn) }
        #expect(error.message.hasPrefix("the database's connection string cannot be read: "))
        #expect(!error.description.contains("hunter"))
    }

    @Test(
        "a DSN whose password has ended up in another setting is refused without a word of it",
        arguments: [
            "host=127.0.0.1;port=1;user=u;password=hunter2;dbname=t", "host=127.0.0.1,password=hunter2",
            "postgresql://u:x@127.0.0.1:5432/t&password=hunter2", "dbname=t;password=hunter2",
            "dbname=t user=u;PASSWORD=hunter2",
            "postgresql://u:hunter2@secret@db/t", "host='db password=hunter2'",
        ])
    func spilt(dsn: String) throws {
        let error = try #require(throws: PostgresError.self) { _ = try ConnectionParameters(dsn: dsn) }
        #expect(!error.description.contains("hunter"))
    }

    @Test("a setting replaces, a default does not, and an empty value takes out")
    func settings() throws {
        let parameters = try ConnectionParameters(dsn: "host=a keepalives_idle=9")
        #expect(parameters.settingDefault("keepalives_idle", to: "5")["keepalives_idle"] == "9")
        #expect(parameters.setting("keepalives_idle", to: "5")["keepalives_idle"] == "5")
        #expect(parameters.settingDefault("keepalives_count", to: "3")["keepalives_count"] == "3")
        #expect(parameters.setting("keepalives_idle", to: "")["keepalives_idle"] == nil)
        let keywords = parameters.setting("host", to: "b").settings.map(\.keyword)
        #expect(keywords.count { $0 == "host" } == 1)
    }

    @Test("what is only compiled into libpq gives way to a default of ours")
    func compiledDefaults() throws {
        #expect(try ConnectionParameters(dsn: "host=a")["sslmode"] == nil)
        #expect(try ConnectionParameters(dsn: "host=a").settingDefault("sslmode", to: "disable")["sslmode"] == "disable")
    }

    @Test("the description says where to and as whom, and keeps the secrets")
    func description() throws {
        let parameters = try ConnectionParameters(dsn: "postgres://me:hunter2@db:1/d?sslpassword=hunter3")
        #expect(parameters.description == "host=db port=1 dbname=d user=me")
    }

    @Test("libpq's environment fills in what the DSN leaves open, host lists too")
    func environment() async {
        await #expect(processExitsWith: .success) {
            setenv("PGHOST", "x,y", 1)
            setenv("PGPORT", "1,2", 1)
            setenv("PGPASSWORD", "secret", 1)
            setenv("PGUSER", "from-environment", 1)
            let parameters = try ConnectionParameters(dsn: "user=from-dsn")
            precondition(parameters.attempts.map { $0["host"] } == ["x", "y"])
            precondition(parameters.attempts.map { $0["port"] } == ["1", "2"])
            precondition(parameters["password"] == "secret")
            precondition(parameters["user"] == "from-dsn")
            precondition(parameters.settingDefault("host", to: "ours")["host"] == "x,y")
        }
    }

    @Test("with a service in the DSN the environment stays out, for libpq asks the service's file first")
    func service() async {
        await #expect(processExitsWith: .success) {
            setenv("PGHOST", "x,y", 1)
            let parameters = try ConnectionParameters(dsn: "service=somewhere")
            precondition(parameters["host"] == nil)
            precondition(parameters.attempts.map { $0["service"] } == ["somewhere"])
        }
    }
}

import Testing

@testable import TrunklineCommand

@Suite("Where settings come from")
struct SettingSourcesTests {
    @Test("a flag wins over the environment, and the environment over the default")
    func precedence() throws {
        let environment = ["TRUNKLINE_POST_TIMEOUT": "5"]
        #expect(try configuration(["--post-timeout", "7"], environment: environment).hub.postTimeout == .seconds(7))
        #expect(try configuration(environment: environment).hub.postTimeout == .seconds(5))
        #expect(try configuration().hub.postTimeout == .seconds(3))
    }

    @Test("a flag that is refused is not replaced by the environment")
    func refusedFlagStays() throws {
        let environment = ["TRUNKLINE_WORKERS": "4"]
        #expect(try refusal(["--workers", "0"], environment: environment) == "--workers 0: must be between 1 and 64")
    }

    @Test("a flag may be joined to its value, and the last one wins")
    func joinedAndRepeated() throws {
        #expect(try configuration(["--workers=3", "--workers", "5"]).server.workers == 5)
    }

    @Test("every setting has a variable that is its name in capitals after TRUNKLINE_")
    func everyVariable() throws {
        let texts = [
            "listen": "127.0.0.2:1", "database": "dbname=x", "linger": "1", "history_count": "1", "history_bytes": "1",
            "history_age": "1", "history_bytes_total": "1", "max_channels": "1", "post_timeout": "1", "heartbeat": "1",
            "stall_timeout": "1", "head_timeout": "1", "body_timeout": "1", "idle_timeout": "1", "max_head": "1KiB",
            "max_body": "1", "max_held": "1", "max_channels_per_request": "1", "workers": "1", "drain_delay": "1",
            "drain_timeout": "1", "detach_held": "true", "allow_get_post": "false", "allowed_hosts": "a",
            "log_level": "error",
        ]
        let settings = try Settings.parse([])
        #expect(Set(settings.all.map(\.name)) == Set(texts.keys))
        for setting in settings.all {
            // A refused text proves that the variable is read at all.
            let isText = setting.name == "database"
            let refusal = try refusal(environment: [setting.variableName: isText ? "x" : "?/"])
            #expect((refusal == nil) == isText, "\(setting.variableName)")
        }
        let variables = texts.map { ("TRUNKLINE_" + $0.key.uppercased(), $0.value) }
        let configuration = try configuration(environment: Dictionary(uniqueKeysWithValues: variables))
        #expect(configuration.database == "dbname=x")
        #expect(configuration.server.heldMax == 1)
        #expect(configuration.server.allowedHosts == ["a"])
    }

    @Test("an empty variable counts as absent, an empty connection string as libpq's environment")
    func emptyValues() throws {
        #expect(try configuration(environment: ["TRUNKLINE_HEARTBEAT": ""]).server.heartbeat == .seconds(15))
        #expect(try configuration(["--database", ""], environment: ["TRUNKLINE_DATABASE": "dbname=x"]).database == nil)
    }

    @Test("a variable TRUNKLINE_… that is no setting is refused by name")
    func unknownVariable() throws {
        let sentence = "there is no such setting; 'trunkline serve --help' lists them all"
        #expect(try refusal(environment: ["TRUNKLINE_WORKER": "4"]) == "TRUNKLINE_WORKER: \(sentence)")
        #expect(try refusal(environment: ["TRUNKLINE_POSTTIMEOUT": ""]) == "TRUNKLINE_POSTTIMEOUT: \(sentence)")
    }

    @Test(
        "variables that others set for a service of this name are left alone",
        arguments: [
            "TRUNKLINE_PORT", "TRUNKLINE_PORT_8080_TCP_ADDR", "TRUNKLINE_SERVICE_HOST", "TRUNKLINE_SERVICE_PORT",
            "TRUNKLINE_TEST_DIRECTORY", "NOT_TRUNKLINE_WORKERS", "PATH",
        ])
    func foreignVariables(_ name: String) throws {
        #expect(try refusal(environment: [name: "tcp://10.0.0.1:8080"]) == nil)
    }
}

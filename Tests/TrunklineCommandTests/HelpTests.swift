import Testing

@testable import TrunklineCommand

@Suite("The help")
struct HelpTests {
    /// The settings of the documented contract, as the help must show them.
    static let rows = [
        ("--listen <host:port>", "(default: 127.0.0.1:8080)"),
        ("--database <dsn>", "(default: libpq's environment"),
        ("--linger <seconds>", "(0–3600 s; default: 60 s)"),
        ("--history-count <count>", "(0 or more; default: 10000)"),
        ("--history-bytes <bytes>", "(0 B or more; default: 8 MiB)"),
        ("--history-age <seconds>", "(0 s or more; default: 300 s)"),
        ("--history-bytes-total <bytes>", "(0 B or more; default: 256 MiB)"),
        ("--heartbeat <seconds>", "(1–300 s; default: 15 s)"),
        ("--post-timeout <seconds>", "(0.1–60 s; default: 3 s)"),
        ("--stall-timeout <seconds>", "(1 s or more; default: 120 s)"),
        ("--head-timeout <seconds>", "(0.1 s or more; default: 10 s)"),
        ("--body-timeout <seconds>", "(0.1 s or more; default: 30 s)"),
        ("--idle-timeout <seconds>", "(0.1 s or more; default: 75 s)"),
        ("--max-head <bytes>", "(1 KiB–1 MiB; default: 16 KiB)"),
        ("--max-body <bytes>", "(1 B–1 GiB; default: 1 MiB)"),
        ("--max-held <count>", "(1 or more; default: from the descriptor limit)"),
        ("--max-channels <count>", "(1 or more; default: 10000)"),
        ("--max-channels-per-request <count>", "(1–1000; default: 100)"),
        ("--drain-delay <seconds>", "(0 s or more; default: 0 s)"),
        ("--drain-timeout <seconds>", "(0 s or more; default: 9 s)"),
        ("--workers <count>", "(1–64; default: one for two processors)"),
        ("--detach-held <true|false>", "(default: true)"),
        ("--allow-get-post <true|false>", "(default: true)"),
        ("--allowed-hosts <names>", "(default: loopback names)"),
        ("--log-level <level>", "(trace, debug, info, notice, warning, error, critical; default: info)"),
    ]

    @Test("shows every setting with its range and its default", arguments: rows)
    func showsSetting(_ flag: String, _ limits: String) throws {
        // So wide that no line is broken but behind a long flag.
        let lines = ServeCommand.helpMessage(columns: 400).split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex { $0.hasPrefix("  \(flag)") })
        let line = lines[index].contains("(") ? lines[index] : lines[index + 1]
        #expect(line.contains(limits))
    }

    @Test("shows nothing that is not documented")
    func showsNothingElse() {
        let help = ServeCommand.helpMessage(columns: 400)
        let flags = help.split(separator: "\n").filter { $0.hasPrefix("  --") }
        #expect(flags.count == Self.rows.count, "\(flags)")
    }

    @Test("says how the variables are called")
    func saysVariables() {
        #expect(ServeCommand.helpMessage(columns: 400).contains("--post-timeout is TRUNKLINE_POST_TIMEOUT"))
    }
}

import Glibc

/// A network of its own in the kernel, with nothing but a loopback in it.
///
/// It has no name: a process holds it, which ends with the tests however they end, and with it goes all that was made in it,
/// also the ends of its links that lie elsewhere.
package final class NetworkNamespace: Sendable {
    private let holder: ChildProcess

    /// - Throws: a `TestSupportError` that says what is missing: root's rights, or a package of Debian.
    package init() throws {
        guard geteuid() == 0 else {
            throw TestSupportError("a network of its own can be made by root only: run this test as root")
        }
        holder = try ChildProcess(ProcessEnvironment.path(of: "unshare"), ["--net", "/bin/sh", "-c", "echo made; exec cat"])
        try blockUntil("there is a new network") {
            if holder.pollExit() != nil { throw TestSupportError("no new network: \(holder.errors.text)") }
            return holder.output.take(before: "made\n") != nil
        }
        try ip("link", "set", "lo", "up")
        // A connection that is closed while its packets are dropped would keep the network for minutes.
        try check("/bin/sh", ["-c", "echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries"])
    }

    /// The process that holds it, by which `ip` names it.
    package var pid: pid_t { holder.pid }

    /// Runs `ip` in it.
    package func ip(_ arguments: String...) throws {
        try check(Self.path(of: "ip", package: "iproute2"), arguments)
    }

    /// Replaces all rules for packets in it. Corresponds to `nft -f`; an empty text drops nothing.
    package func setRules(_ rules: String) throws {
        let nft = try Self.path(of: "nft", package: "nftables")
        try check(nft, ["-f", "-"], input: "flush ruleset\n\(rules)\n")
    }

    /// Starts a program in it.
    package func start(_ executable: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(ProcessEnvironment.path(of: launcher[0]), launcher.dropFirst() + [executable] + arguments)
    }

    /// Runs a program in it to its end.
    package func run(_ executable: String, _ arguments: [String], input: String = "") throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ProcessEnvironment.path(of: launcher[0]), launcher.dropFirst() + [executable] + arguments, input: Array(input.utf8))
    }

    private func check(_ executable: String, _ arguments: [String], input: String = "") throws {
        let outcome = try run(executable, arguments, input: input)
        guard outcome.exit == .code(0) else {
            throw TestSupportError("\(executable) \(arguments): \(outcome.exit) \(outcome.errors)")
        }
    }

    /// What starts a program in it: all that the program opens, listens on and connects to is in this network.
    package var launcher: [String] { ["nsenter", enter, "--"] }

    static func path(of program: String, package: String) throws -> String {
        try InstalledProgram.path("/usr/sbin/\(program)", "/sbin/\(program)", "/usr/bin/\(program)", package: package)
    }

    private var enter: String { "--net=/proc/\(pid)/ns/net" }
}

import Glibc
import Threads

/// A program that runs beside the tests. It is killed with the last reference to it, and by the `Janitor` when the tests
/// end without having done so.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    private struct State {
        var exit: Exit?
        var input: Int32
    }

    /// The program's process, which may have ended.
    package let pid: pid_t
    package let output: OutputCollector
    package let errors: OutputCollector
    private let state: Locked<State>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: an absolute path.
    ///   - arguments: without the program's own name.
    ///   - environment: all of it.
    ///   - directory: where it runs; `nil` for where we do.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = .inherited, in directory: String? = nil
    ) throws {
        let janitor = try Janitor.shared
        let input = try makePipe()
        let output = try makePipe()
        let errors = try makePipe()
        defer { for descriptor in [input.reading, output.writing, errors.writing] { close(descriptor) } }
        do {
            pid = try spawn(
                executable, arguments, environment: environment,
                descriptors: (input.reading, output.writing, errors.writing), in: directory)
        } catch {
            for descriptor in [input.writing, output.reading, errors.reading] { close(descriptor) }
            throw error
        }
        self.output = OutputCollector(reading: output.reading)
        self.errors = OutputCollector(reading: errors.reading)
        state = Locked(State(input: input.writing))
        try janitor.add(pid)
    }

    deinit {
        closeInput()
        guard pollExit() == nil else { return }
        kill(pid, SIGKILL)
        // The kernel ends a killed process at once, so this wait is short.
        waitpid(pid, nil, 0)
        Janitor.remove(pid)
    }

    /// Writes to the program's standard input; blocks while its pipe is full.
    package func write(_ bytes: [UInt8]) throws {
        let input = state.withLock { $0.input }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemError("write") }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the program's standard input.
    package func closeInput() {
        let input = state.withLock { state in
            defer { state.input = -1 }
            return state.input
        }
        if input >= 0 { close(input) }
    }

    /// Sends a signal, unless the program has ended.
    package func signal(_ number: Int32) {
        // Under the lock nobody reaps the process, so that its number is still its own.
        state.withLock { state in
            if state.exit == nil { kill(pid, number) }
        }
    }

    /// How the program has ended; `nil` while it runs.
    package func pollExit() -> Exit? {
        let (exit, isNew) = state.withLock { state -> (Exit?, Bool) in
            var status: Int32 = 0
            guard state.exit == nil, waitpid(pid, &status, WNOHANG) == pid else { return (state.exit, false) }
            state.exit = status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
            return (state.exit, true)
        }
        if isNew { Janitor.remove(pid) }
        return exit
    }

    /// Blocks until the program has ended and all it wrote is collected.
    ///
    /// - Throws: a `TestSupportError` when it has not ended in time; it goes on.
    package func waitForExit(within duration: Duration = .seconds(30)) throws -> Exit {
        var exit: Exit?
        try blockUntil("process \(pid) ended", within: duration) {
            exit = pollExit()
            return exit != nil && output.isAtEnd && errors.isAtEnd
        }
        guard let exit else { throw TestSupportError("process \(pid) has no exit") }
        return exit
    }
}

extension [String: String] {
    /// The environment of the tests, without what would lead a program to another database.
    package static var inherited: Self {
        ProcessEnvironment.variables.filter { !$0.key.hasPrefix("PG") && !$0.key.hasPrefix("TRUNKLINE_") }
    }
}

extension ChildProcess {
    /// A program that has ended.
    package struct Outcome: Sendable {
        package let exit: Exit
        package let output: [UInt8]
        package let errors: String

        /// What it wrote, as text.
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs a program to its end; blocks.
    ///
    /// - Throws: a `TestSupportError` when it has not ended in time; it is killed then.
    package static func run(
        _ executable: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = .inherited,
        in directory: String? = nil, within duration: Duration = .seconds(60)
    ) throws -> Outcome {
        let process = try ChildProcess(executable, arguments, environment: environment, in: directory)
        try process.write(input)
        process.closeInput()
        let exit = try process.waitForExit(within: duration)
        return Outcome(exit: exit, output: process.output.bytes, errors: process.errors.text)
    }

    /// Runs a program that must succeed, and returns what it wrote.
    ///
    /// - Throws: a `TestSupportError` with the program's own words when it fails.
    @discardableResult
    package static func check(
        _ executable: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = .inherited,
        in directory: String? = nil, within duration: Duration = .seconds(60)
    ) throws -> String {
        let outcome = try run(
            executable, arguments, input: input, environment: environment, in: directory, within: duration)
        guard outcome.exit == .code(0) else {
            throw TestSupportError("\(executable) \(arguments): \(outcome.exit) \(outcome.errors)\(outcome.text)")
        }
        return outcome.text
    }
}

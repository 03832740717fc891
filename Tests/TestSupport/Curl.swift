/// Runs curl: what a user would see.
package enum Curl {
    /// Blocks until curl has ended.
    ///
    /// - Parameters:
    ///   - arguments: as on the command line; `--silent --show-error` are given already.
    ///   - input: curl's standard input.
    package static func run(
        _ arguments: [String], input: [UInt8] = [], within duration: Duration = .seconds(30)
    ) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ProcessEnvironment.path(of: "curl"), ["--silent", "--show-error"] + arguments, input: input, within: duration)
    }
}

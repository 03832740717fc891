import ArgumentParser

@testable import TrunklineCommand

/// What `trunkline serve` makes of the arguments and the environment.
func configuration(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> ServeConfiguration {
    try ServeConfiguration(Settings.parse(arguments), environment: environment)
}

/// The sentence with which they are refused; `nil` if they are not.
func refusal(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> String? {
    do {
        _ = try configuration(arguments, environment: environment)
        return nil
    } catch let error as ValidationError {
        return error.message
    }
}

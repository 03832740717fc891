import Logging
import Trunkline

/// A hub that runs, silently, for as long as `body` does.
package func withHub<Value: Sendable>(
    database: String, _ body: @Sendable (Hub) async throws -> Value
) async throws -> Value {
    let hub = try Hub(database: database, logger: Logger(label: "library") { _ in SwiftLogNoOpLogHandler() })
    return try await withRunning(hub, body)
}

func withRunning<Value: Sendable>(_ hub: Hub, _ body: @Sendable (Hub) async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await hub.run() }
        defer { group.cancelAll() }
        return try await body(hub)
    }
}

import Trunkline

/// The example of the README, to the letter between the two marks.
func libraryExample(database: String, print: @escaping @Sendable (String) -> Void) async throws {
    // README begins
    let hub = try Hub(database: database)
    let running = Task { try await hub.run() }
    let reading = Task {
        for try await notification in hub.notifications(on: "orders") {
            print("order \(notification.payload)")
        }
    }
    try await hub.post("42", to: "orders")
    if let answer = try await hub.wait(on: "answers", timeout: .seconds(60)) { print("answer \(answer.payload)") }
    reading.cancel()
    running.cancel()
    // README ends
}

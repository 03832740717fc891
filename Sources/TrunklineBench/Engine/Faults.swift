/// What has gone wrong in a run, counted.
package struct Faults: Codable, Sendable, Equatable {
    /// Answers of one status that were refusals.
    package struct Refusal: Codable, Sendable, Equatable {
        package let status: Int
        package fileprivate(set) var count: Int
        /// What the first of them said.
        package fileprivate(set) var text: String
    }

    /// Connections that could not be made.
    package internal(set) var connectFailures = 0
    /// Why the first of these could not.
    package internal(set) var connectFailure: String?
    /// Connections that ended while something was awaited on them.
    package internal(set) var closed = 0
    /// Requests that were not answered in time when the run ended.
    package internal(set) var unanswered = 0
    /// By status, in the order in which they first came.
    package private(set) var refusals: [Refusal] = []

    package init() {}

    package var count: Int { connectFailures + closed + unanswered + refusals.reduce(0) { $0 + $1.count } }

    mutating func addRefusal(_ status: Int) {
        if let index = refusals.firstIndex(where: { $0.status == status }) {
            refusals[index].count += 1
        } else {
            refusals.append(Refusal(status: status, count: 1, text: ""))
        }
    }

    /// Keeps the beginning of the first text of a status.
    mutating func addText(_ bytes: Span<UInt8>, _ range: Range<Int>, of status: Int) {
        guard let index = refusals.firstIndex(where: { $0.status == status }), refusals[index].text.isEmpty else { return }
        let shown = bytes.text(range).unicodeScalars.prefix(200).map {
            $0.properties.generalCategory == .control ? " " : String($0)
        }
        refusals[index].text = shown.joined().split(separator: " ").joined(separator: " ")
    }

    mutating func addConnectFailure(_ failure: String) {
        connectFailures += 1
        connectFailure = connectFailure ?? failure
    }
}

import Foundation
import TestSupport

/// Metrics as Prometheus' own Python client has read them.
struct Scrape {
    struct Family: Decodable {
        struct Sample: Decodable {
            let name: String
            let labels: [String: String]
            let value: String
        }

        let type: String
        let help: String
        let samples: [Sample]
    }

    /// In the order of the text.
    let families: [Family]

    /// - Throws: a `TestSupportError` with the parser's words if it does not take the text.
    init(_ text: String) throws {
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Programs/parse.py")
        let json = try ChildProcess.check(
            TestPython.path(), [program.standardizedFileURL.path], input: Array(text.utf8))
        families = try JSONDecoder().decode([Family].self, from: Data(json.utf8))
    }

    /// The family whose samples have this name, or this one with a suffix of histograms.
    func family(_ name: String) -> Family? {
        families.first { $0.samples.contains { $0.name == name || $0.name == "\(name)_count" } }
    }

    /// The value of one sample; `nil` if there is none with exactly these labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }.flatMap { Double($0.value) }
    }

    /// The cumulative counts of a histogram without labels, by upper bound, in the order of the text.
    func buckets(_ name: String) -> [(bound: Double, count: Double)] {
        families.flatMap(\.samples).filter { $0.name == "\(name)_bucket" }.compactMap { sample in
            guard let bound = sample.labels["le"].flatMap({ Double($0) }), let count = Double(sample.value) else { return nil }
            return (bound, count)
        }
    }
}

extension ServerProcess {
    /// What `/metrics` says at the moment.
    func scrape() throws -> Scrape {
        let response = try request("/metrics")
        guard response.status == 200 else { throw TestSupportError("/metrics: \(response.status) \(response.text)") }
        return try Scrape(response.text)
    }
}

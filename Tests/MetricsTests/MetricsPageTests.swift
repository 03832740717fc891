import Foundation
import Logging
import TestSupport
import Testing

@testable import Trunkline
@testable import TrunklineHTTP

@Suite("/metrics", .timeLimit(.minutes(Slowdown.factor)))
struct MetricsPageTests {
    @Test("counts who reads, what came, what was handed on, and what was lost")
    func counts() async throws {
        try await offPool {
            let server = try Deployment(encoding: .latin1).server
            let polls = try server.hold(2, on: "a")
            let stream = try server.wait("/wait?channel=a&mode=stream")
            let events = try server.wait("/wait?channel=b&mode=sse")
            try server.waitUntilHeld(3, on: "a")
            try server.waitUntilHeld(1, on: "b")
            let before = try server.scrape()
            for (kind, count) in [("poll", 2.0), ("stream", 1), ("sse", 1), ("library", 0)] {
                #expect(before.value("trunkline_readers", ["kind": kind]) == count, "\(kind)")
            }
            #expect(before.value("trunkline_held_requests") == 4)
            #expect(before.value("trunkline_channels") == 2)
            #expect(before.value("trunkline_history_bytes") == 0)

            try server.post("one", to: "a")
            for poll in polls { #expect(try poll.readResponse().text == "one\n") }
            #expect(try stream.readHead().status == 200)
            #expect(try stream.readChunk() == Array("one\n".utf8))
            try server.post("two", to: "a")
            #expect(try stream.readChunk() == Array("two\n".utf8))
            #expect(try server.request("POST", "/post?channel=a", body: Array("€".utf8)).status == 422, "not in LATIN1")
            #expect(try server.request("/wait?channel=a&since=0abc.1")["Trunkline-Gap"] == "restarted")
            try blockUntil("only the streams are left") {
                try server.request("/metrics").text.contains("\ntrunkline_held_requests 2\n")
            }

            let after = try server.scrape()
            #expect(after.value("trunkline_notifications_received_total") == 2)
            #expect(after.value("trunkline_deliveries_total") == 4)
            #expect(after.value("trunkline_delivery_latency_seconds_count") == 4)
            #expect(after.value("trunkline_posts_total", ["outcome": "posted"]) == 2)
            #expect(after.value("trunkline_posts_total", ["outcome": "refused"]) == 1)
            #expect(after.value("trunkline_posts_total", ["outcome": "unknown"]) == 0)
            for reason in ["restarted", "reconnected", "expired", "unlistened", "overflow"] {
                #expect(after.value("trunkline_gaps_total", ["reason": reason]) == (reason == "restarted" ? 1 : 0))
            }
            #expect(after.value("trunkline_readers", ["kind": "poll"]) == 0)
            #expect(after.value("trunkline_held_requests") == 2)
            #expect(try #require(after.value("trunkline_history_bytes")) >= 6)
            withExtendedLifetime(events) {}
        }
    }

    @Test("a latency lies between what a delivery can take and what the test has waited")
    func latency() async throws {
        try await offPool {
            let server = try Deployment().server
            let start = ContinuousClock.now
            let poll = try server.hold(1, on: "a")[0]
            try server.post("one", to: "a")
            #expect(try poll.readResponse().status == 200)
            let waited = (ContinuousClock.now - start) / Duration.seconds(1)
            let scrape = try server.scrape()
            let sum = try #require(scrape.value("trunkline_delivery_latency_seconds_sum"))
            #expect(sum > 0 && sum < waited)
            let buckets = scrape.buckets("trunkline_delivery_latency_seconds")
            #expect(buckets.map(\.bound) == buckets.map(\.bound).sorted() && buckets.last?.bound == .infinity)
            // The buckets are cumulative, and the one value lies in the first that holds it.
            for (bound, count) in buckets { #expect(count == (sum <= bound ? 1 : 0), "\(sum) against \(bound)") }
        }
    }

    @Test("what comes out of the history has waited for the reader, and not the reader for it")
    func history() async throws {
        try await offPool {
            let server = try Deployment().server
            let cursor = try #require(try server.request("HEAD", "/wait?channel=a")["Trunkline-Cursor"])
            for number in 0..<3 { try server.post("\(number)", to: "a") }
            // COMMIT comes first, the notification after it.
            try blockUntil("all are kept") { try server.facts(of: "a")?.kept == 3 }
            let answer = try server.request("/wait?channel=a&since=\(cursor)&limit=100")
            #expect(answer.text == "0\n1\n2\n")
            let scrape = try server.scrape()
            #expect(scrape.value("trunkline_deliveries_total") == 3)
            #expect(scrape.value("trunkline_delivery_latency_seconds_count") == 0)
        }
    }

    @Test("the figures of the process are its own")
    func process() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let scrape = try server.scrape()
            let age = Date().timeIntervalSince1970 - (try #require(scrape.value("process_start_time_seconds")))
            #expect(age > 0 && age < 3_600, "it was started for these tests")
            let memory = try #require(scrape.value("process_resident_memory_bytes"))
            #expect(try abs(memory / Double(server.residentBytes) - 1) < 0.5)
            #expect(try abs(#require(scrape.value("process_open_fds")) - Double(server.openDescriptors)) < 20)
            #expect(try #require(scrape.value("process_max_fds")) >= 1_024)
            #expect(try #require(scrape.value("process_cpu_seconds_total")) <= server.cpuSeconds)
        }
    }

    @Test("each family has a type and a help text, and a name with the unit it is in")
    func families() async throws {
        try await offPool {
            let families = try Deployment.shared.server.scrape().families
            #expect(families.count > 15)
            for family in families {
                let name = try #require(family.samples.first?.name)
                #expect(!family.help.isEmpty && family.help.last == ".", "\(name)")
                #expect(["counter", "gauge", "histogram"].contains(family.type), "\(name)")
                #expect((family.type == "counter") == name.hasSuffix("_total"), "\(name)")
                #expect(name.hasPrefix("trunkline_") || name.hasPrefix("process_"))
            }
        }
    }

    @Test("is text in the version that Prometheus asks for, kept by nobody, and refused to the pages of others")
    func answer() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let response = try server.request("/metrics")
            #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response["Cache-Control"] == "no-store")
            #expect(response.text.hasSuffix("\n"))
            let head = try server.request("HEAD", "/metrics")
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head["Content-Type"] == response["Content-Type"])
            #expect(try server.request("GET", "/metrics", ["Host: evil.example"]).status == 403)
            #expect(try server.request("GET", "/metrics", ["Origin: https://evil.example"]).status == 403)
            let refused = try server.request("POST", "/metrics")
            #expect(refused.status == 405 && refused["Allow"] == "GET, HEAD")
        }
    }

    @Test("the manual names every metric there is")
    func manual() throws {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let text = try String(
            contentsOf: root.appending(path: "Sources/Trunkline/Trunkline.docc/Metrics.md"), encoding: .utf8)
        var exposition = Exposition()
        ProcessFigures(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).write(to: &exposition)
        let types = exposition.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        let ofProcess = types.map { String($0.split(separator: " ")[2]) }
        let names = HubMetric.allCases.map(\.rawValue) + ServerMetric.allCases.map(\.rawValue) + ofProcess
        #expect(ofProcess.count == 5)
        for name in names { #expect(text.contains("`\(name)`"), "\(name)") }
        for cause in SessionEnd.Cause.allCases where cause != .stopping {
            #expect(text.contains("`\(cause.rawValue)`"), "\(cause)")
        }
        for outcome in PostOutcome.allCases { #expect(text.contains("`\(outcome.name)`"), "\(outcome)") }
    }
}

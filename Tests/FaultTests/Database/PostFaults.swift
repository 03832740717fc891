import Foundation
import HistoryChecker
import TestSupport
import Testing
import Threads

/// Posts that PostgreSQL would collapse, or that would spoil those sent along with them.
@Suite("Faults of posts that share a transaction", .serialized)
struct PostFaults {
    @Test("fault 24: a thousand posts of the same payload at once are delivered as often as they were acknowledged")
    func fault24() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let follower = try Follower(deployment.server, "a")
            let begin = MonotonicInstant.now
            let statuses = try atOnce(50) { _ in
                try Self.post(Array("the same".utf8), to: "a", count: 20, deployment.server)
            }.flatMap { $0 }
            FaultReport.printLine("step | 1,000 posts | \(FaultReport.seconds(MonotonicInstant.now - begin))")
            let acknowledgedCount = statuses.count { $0 == 200 }
            try deployment.server.post("end", to: "a")
            let seen = try follower.read(through: "end")
            record(24, "1,000 posts of the same payload", statuses, seen)
            #expect(acknowledgedCount == 1_000, "nothing was in their way")
            #expect(seen.dropLast() == ArraySlice(repeating: "the same", count: acknowledgedCount))
        }
    }

    @Test(
        "fault 25: of posts that share a transaction only the bad ones are refused, each with a 4xx; the others are delivered",
        arguments: DatabaseEncoding.allCases)
    func fault25(_ encoding: DatabaseEncoding) async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster(), encoding: encoding)
            let follower = try Follower(deployment.server, "a")
            let bad = Self.bad(in: encoding)
            let statuses = try atOnce(24) { index in
                // Every third one posts what cannot be, without a pause, beside those that post well.
                index.isMultiple(of: 3)
                    ? try bad.flatMap { try Self.post($0, to: "a", count: 10, deployment.server) }
                    : try (0..<40).flatMap {
                        try Self.post(Array("p\(index)-\($0)".utf8), to: "a", count: 1, deployment.server)
                    }
            }
            try deployment.server.post("end", to: "a")
            let seen = try follower.read(through: "end")
            record(25, "bad posts among good ones, \(encoding.rawValue)", statuses.flatMap { $0 }, seen)
            for (index, statuses) in statuses.enumerated() {
                #expect(statuses.allSatisfy { index.isMultiple(of: 3) ? (400..<500).contains($0) : $0 == 200 })
            }
            let good = (0..<24).filter { !$0.isMultiple(of: 3) }.flatMap { index in (0..<40).map { "p\(index)-\($0)" } }
            #expect(seen.count == good.count + 1)
            #expect(Set(seen) == Set(good + ["end"]))
        }
    }

    /// Payloads that a database of this encoding cannot take.
    private static func bad(in encoding: DatabaseEncoding) -> [[UInt8]] {
        let tooLong = [UInt8](repeating: UInt8(ascii: "x"), count: 8_000)
        let withNUL = Array("a\0b".utf8)
        switch encoding {
        case .utf8: return [tooLong, withNUL, [0xFF, 0xFE], Array("cut off: ".utf8) + [0xE2, 0x82]]
        case .latin1: return [tooLong, withNUL, Array("€".utf8)]
        case .windows1252: return [tooLong, withNUL, Array("漢".utf8)]
        case .sqlASCII: return [tooLong, withNUL]
        }
    }

    /// Posts the same payload again and again on one connection.
    ///
    /// - Returns: the status of each answer.
    private static func post(_ payload: [UInt8], to channel: String, count: Int, _ server: ServerProcess) throws -> [Int] {
        var connection = try server.connect(patience: .seconds(20))
        return try (0..<count).map { _ in
            try connection.sendRequest("POST", "/post?channel=\(channel)", body: payload)
            let response = try connection.readResponse(to: "POST")
            if response["Connection"] == "close" { connection = try server.connect(patience: .seconds(20)) }
            return response.status
        }
    }

    private func record(_ number: Int, _ name: String, _ statuses: [Int], _ seen: [String]) {
        var report = FaultReport(number, name)
        report.acknowledgedCount = statuses.count { $0 == 200 }
        // The last one ends the run.
        report.seenCount = seen.count - 1
        report.unknownCount = statuses.count { $0 == 504 }
        report.gapCount = 0
        report.missedCount = 0
        report.record()
    }
}

import HistoryChecker
import TestSupport
import Testing
import Threads

/// One fault on one stage, and everything that every fault must leave true: nothing is lost silently, nothing comes twice or
/// out of order, every request ends, a fresh post is delivered again, and the server is afterwards as it was before.
struct FaultRun {
    /// Tests allow this many times the promise: the machine has other work too. What it took is printed.
    static let leniency = 5

    private let number: Int
    private let name: String
    private let promise: Duration
    private let mayCut: Bool

    /// - Parameters:
    ///   - number: of the fault in the list.
    ///   - name: a few words for the table.
    ///   - promise: the time within which a fresh post is delivered again.
    ///   - mayCut: whether connections of readers may end; else each one is held throughout.
    init(_ number: Int, _ name: String, recoversWithin promise: Duration, mayCut: Bool = false) {
        self.number = number
        self.name = name
        self.promise = promise
        self.mayCut = mayCut
    }

    /// Runs, checks what must always be true, and records the report.
    ///
    /// - Parameters:
    ///   - fault: happens while readers read and posters post; the recovery counts from its end.
    ///   - aftermath: is done when the readers have recovered.
    /// - Returns: the report, and all that was seen, for what this fault promises beside.
    @discardableResult
    func run(
        on stage: FaultStage, fault: @escaping @Sendable (FaultStage) throws -> Void,
        aftermath: @escaping @Sendable (FaultStage) throws -> Void = { _ in }
    ) async throws -> (report: FaultReport, course: Rehearsal.Course) {
        let course = try await stage.wire.rehearsal(readers: stage.readers, writers: stage.writers).run(
            recoveryWithin: promise * Self.leniency,
            fault: {
                try fault(stage)
                return .now
            }, aftermath: { try aftermath(stage) })
        let report = report(of: course)
        report.record()
        // What every reader saw, for whoever wonders about a figure.
        print("fault \(number): \(course.verdict)")
        check(course, stage)
        try await offPool { try checkFootprint(stage) }
        return (report, course)
    }

    private func report(of course: Rehearsal.Course) -> FaultReport {
        var report = FaultReport(number, name)
        let tallies = course.verdict.tallies
        // Some formats are for one channel only: half of all is all for them.
        let channelCount = course.history.readers.map(\.channels.count).max()
        let readersOfAll = course.history.readers.filter { $0.channels.count == channelCount }
        let talliesOfAll = readersOfAll.compactMap { course.verdict[$0.name] }
        report.acknowledgedCount = talliesOfAll.map(\.acknowledgedCount).max()
        report.seenCount = talliesOfAll.map(\.seenCount).min()
        report.unknownCount = course.history.writings.filter { $0.writer != "psql" && $0.outcome == .unknown }.count
        report.gapCount = tallies.map(\.gapCount).max()
        report.missedCount = tallies.map(\.missedCount).max()
        report.longestSilence = tallies.map(\.longestSilence).max()
        report.recovery = course.recovery
        report.promise = promise
        return report
    }

    private func check(_ course: Rehearsal.Course, _ stage: FaultStage) {
        #expect(course.verdict.violations == [])
        #expect(course.verdict.acknowledgedCount > (stage.writers.isEmpty ? 0 : 100), "posts were hardly taken")
        #expect(course.recovery != nil, "no fresh post came within \(promise * Self.leniency)")
        for writing in course.history.writings where writing.writer != "psql" {
            let took = writing.finished - writing.invoked
            #expect(took <= FaultStage.postTimeout + .seconds(1), "\(writing.payload) was answered after \(took)")
        }
        for reader in course.history.readers {
            #expect(reader.longestRequest <= PollReader.timeout + .seconds(1), "\(reader.name)")
            #expect(mayCut || reader.cutCount == 0, "\(reader.name) was not held")
        }
    }

    private func checkFootprint(_ stage: FaultStage) throws {
        let after = try stage.footprint.awaitReturn(of: stage.server)
        #expect(after.residentBytes <= stage.footprint.residentBytes + Footprint.residentBytesSlack)
    }
}

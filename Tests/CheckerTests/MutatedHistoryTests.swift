import HistoryChecker
import TestSupport
import Testing
import Threads

/// The checker alone, on histories that are made up: it passes what is right, and catches each thing that is wrong.
@Suite("The history checker")
struct MutatedHistoryTests {
    /// A run of one writer with 20 notifications, one reader, and a gap over the notifications 10 to 12.
    private struct MadeUpRun {
        var run: RunHistory

        init() {
            let times = (0..<200).map { MonotonicInstant(nanoseconds: Int64($0) * 1_000_000) }
            let payloads = (0..<20).map { "<w-\($0)>" } + ["<end-0>"]
            let writings = payloads.enumerated().map { index, payload in
                Writing(
                    channel: "a", payload: payload, writer: "w", serial: index, invoked: times[10 + 4 * index],
                    finished: times[12 + 4 * index], outcome: .acknowledged)
            }
            var sightings = [Sighting(.armed, at: times[5])]
            for (index, payload) in payloads.enumerated() where !(10...12).contains(index) {
                if index == 13 {
                    sightings.append(Sighting(.gap(reason: "reconnected", channels: ["a"], id: "e.40"), at: times[61]))
                }
                sightings.append(Sighting(.notification(channel: "a", payload: payload), at: times[13 + 4 * index]))
            }
            run = RunHistory(
                writings: writings, witnessed: payloads.map { .init(channel: "a", payload: $0) },
                readers: [ReaderHistory(name: "r", channels: ["a"], sightings: sightings)])
        }

        /// Where the reader's sighting of the notification stands.
        func place(of number: Int) -> Int {
            run.readers[0].sightings.firstIndex { $0.what == .notification(channel: "a", payload: "<w-\(number)>") } ?? 0
        }

        var gapPlace: Int {
            run.readers[0].sightings.firstIndex { if case .gap = $0.what { true } else { false } } ?? 0
        }

        var violations: [Violation] { HistoryChecker.check(run).violations }
    }

    private var made = MadeUpRun()

    @Test("a history with nothing wrong passes, and its figures are right")
    func right() throws {
        let verdict = HistoryChecker.check(made.run)
        #expect(verdict.violations == [])
        let tally = try #require(verdict["r"])
        #expect(tally.acknowledgedCount == 21)
        #expect(tally.seenCount == 18)
        #expect(tally.missedCount == 3)
        #expect(tally.gapCounts == ["reconnected": 1])
        #expect(tally.longestSilence == .milliseconds(12))
    }

    @Test("a notification that is not seen outside of a gap is a loss")
    mutating func dropped() {
        made.run.readers[0].sightings.remove(at: made.place(of: 5))
        #expect(made.violations == [.lost(reader: "r", channel: "a", payload: "<w-5>")])
    }

    @Test("a notification seen twice is a duplicate, unless the reader cannot take back half an answer")
    mutating func duplicated() {
        let place = made.place(of: 5)
        made.run.readers[0].sightings.insert(made.run.readers[0].sightings[place], at: place + 3)
        #expect(made.violations == [.duplicate(reader: "r", payload: "<w-5>")])
        let reader = made.run.readers[0]
        made.run.readers[0] = ReaderHistory(name: "r", channels: ["a"], mayRepeat: true, sightings: reader.sightings)
        #expect(made.violations == [])
    }

    @Test("two notifications in the wrong order are found")
    mutating func swapped() {
        let place = made.place(of: 5)
        made.run.readers[0].sightings.swapAt(place, place + 1)
        #expect(made.violations == [.outOfOrder(reader: "r", payload: "<w-5>", after: "<w-6>")])
    }

    @Test("a gap that is not told makes losses of all that lay in it")
    mutating func forgotten() {
        made.run.readers[0].sightings.remove(at: made.gapPlace)
        #expect(Set(made.violations) == Set((10...12).map { .lost(reader: "r", channel: "a", payload: "<w-\($0)>") }))
    }

    @Test("a gap that is told too early covers nothing that is sent after it was told")
    mutating func tooEarly() {
        let place = made.gapPlace
        let gap = made.run.readers[0].sightings[place]
        // After the first of the three was sent, and before the others were.
        made.run.readers[0].sightings[place] = Sighting(gap.what, at: MonotonicInstant(nanoseconds: 53_000_000))
        #expect(
            Set(made.violations) == [
                .lost(reader: "r", channel: "a", payload: "<w-11>"), .lost(reader: "r", channel: "a", payload: "<w-12>"),
            ])
    }

    @Test("a gap at the wrong place covers nothing")
    mutating func misplaced() {
        let gap = made.run.readers[0].sightings.remove(at: made.gapPlace)
        made.run.readers[0].sightings.insert(gap, at: made.place(of: 14))
        #expect(Set(made.violations) == Set((10...12).map { .lost(reader: "r", channel: "a", payload: "<w-\($0)>") }))
    }

    @Test("a gap of another channel covers nothing")
    mutating func foreignGap() {
        let place = made.gapPlace
        let instant = made.run.readers[0].sightings[place].instant
        made.run.readers[0].sightings[place] = Sighting(.gap(reason: "expired", channels: ["b"], id: nil), at: instant)
        #expect(made.violations.count == 3)
    }

    @Test("a reader that resumes from now loses what came in between")
    mutating func resumedFromNow() {
        made.run.readers[0].sightings.removeAll { sighting in
            (14...16).contains { sighting.what == .notification(channel: "a", payload: "<w-\($0)>") }
        }
        #expect(Set(made.violations) == Set((14...16).map { .lost(reader: "r", channel: "a", payload: "<w-\($0)>") }))
    }

    @Test("the same gap told twice is found")
    mutating func repeatedGap() {
        let place = made.gapPlace
        made.run.readers[0].sightings.insert(made.run.readers[0].sightings[place], at: place)
        #expect(made.violations == [.gapRepeated(reader: "r", channel: "a", id: "e.40")])
    }

    @Test("a notification that nobody posted, or whose writer was told that it was not, is a phantom")
    mutating func phantom() {
        made.run.readers[0].sightings.insert(
            Sighting(.notification(channel: "a", payload: "<x-0>"), at: .now), at: made.place(of: 5))
        #expect(made.violations == [.phantom(reader: "r", payload: "<x-0>")])
    }

    @Test("a notification that was acknowledged and never committed is found, as far as the witness saw everything")
    mutating func falseAnswer() {
        made.run.witnessed.removeAll { $0.payload == "<w-11>" }
        #expect(made.violations == [.falselyAcknowledged(payload: "<w-11>")])
        made.run.isWitnessComplete = false
        #expect(made.violations == [])
    }

    @Test("a loss that the witness did not see either is found by the times of its neighbours")
    mutating func lossWithoutWitness() {
        made.run.isWitnessComplete = false
        made.run.witnessed.removeAll { $0.payload == "<w-5>" }
        made.run.readers[0].sightings.remove(at: made.place(of: 5))
        #expect(made.violations == [.lost(reader: "r", channel: "a", payload: "<w-5>")])
    }

    @Test("a reader that does not come to the end is deaf")
    mutating func deaf() {
        made.run.readers[0].sightings.removeLast()
        #expect(made.violations == [.deaf(reader: "r", channel: "a")])
    }

    @Test("two readers that disagree about an order nobody else knows are found")
    mutating func disagreeing() {
        made.run.isWitnessComplete = false
        made.run.witnessed = []
        made.run.writings = made.run.writings.map { writing in
            guard writing.serial < 2 else { return writing }
            // Two writers at the same time.
            return Writing(
                channel: "a", payload: writing.payload, writer: "w\(writing.serial)", serial: 0,
                invoked: MonotonicInstant(nanoseconds: 10_000_000), finished: MonotonicInstant(nanoseconds: 17_000_000),
                outcome: .acknowledged)
        }
        #expect(made.violations == [])
        var other = ReaderHistory(name: "s", channels: ["a"], sightings: made.run.readers[0].sightings)
        other.sightings.swapAt(made.place(of: 0), made.place(of: 1))
        made.run.readers.append(other)
        #expect(made.violations == [.ordersDiffer(readers: ["r", "s"], payload: "<w-0>")])
    }
}

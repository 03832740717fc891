import Threads

/// Decides whether a run kept its promises: no reader loses silently, nothing comes twice, all see one order.
package enum HistoryChecker {
    /// Judges a whole run.
    package static func check(_ run: RunHistory) -> Verdict {
        var verdict = count(run)
        let channels = Set(run.writings.map(\.channel)).union(run.readers.flatMap(\.channels))
        let witnessed = Dictionary(grouping: run.witnessed, by: \.channel)
        let writings = Dictionary(grouping: run.writings, by: \.channel)
        var tallies = run.readers.map { tally($0) }
        verdict.violations += run.readers.flatMap { strangers($0) }
        for channel in channels.sorted() {
            let order = CommonOrder(writings[channel] ?? [], witnessed: (witnessed[channel] ?? []).map(\.payload))
            if run.isWitnessComplete { verdict.violations += falseAnswers(writings[channel] ?? [], order) }
            var sequences: [(reader: String, seen: [String])] = []
            for (index, reader) in run.readers.enumerated() where reader.channels.contains(channel) {
                let check = ChannelCheck(reader, channel: channel, order: order)
                verdict.violations += check.violations
                tallies[index].acknowledgedCount += check.acknowledgedCount
                tallies[index].missedCount += check.missedCount
                tallies[index].seenCount += check.seen.count
                sequences.append((reader.name, check.seen))
            }
            verdict.violations += differences(sequences)
        }
        verdict.tallies = tallies
        return verdict
    }

    private static func count(_ run: RunHistory) -> Verdict {
        var verdict = Verdict()
        let witnessed = Set(run.witnessed.map(\.payload))
        for writing in run.writings {
            switch writing.outcome {
            case .acknowledged: verdict.acknowledgedCount += 1
            case .notPosted: verdict.notPostedCount += 1
            case .unknown:
                verdict.unknownCount += 1
                if witnessed.contains(writing.payload) { verdict.unknownCommittedCount += 1 }
            }
        }
        return verdict
    }

    /// What the writers were told must be what PostgreSQL did.
    private static func falseAnswers(_ writings: [Writing], _ order: CommonOrder) -> [Violation] {
        writings.compactMap { writing in
            switch writing.outcome {
            case .acknowledged where !order.isWitnessed(writing.payload): .falselyAcknowledged(payload: writing.payload)
            case .notPosted where order.isWitnessed(writing.payload): .phantom(reader: "witness", payload: writing.payload)
            case _: nil
            }
        }
    }

    /// Nobody may be told of a channel that was not asked for.
    private static func strangers(_ reader: ReaderHistory) -> [Violation] {
        reader.sightings.compactMap { sighting in
            guard case .notification(let channel, let payload) = sighting.what, !reader.channels.contains(channel) else {
                return nil
            }
            return .phantom(reader: reader.name, payload: payload)
        }
    }

    /// Any two readers must have what both saw in the same order, also where the witness does not know it.
    private static func differences(_ sequences: [(reader: String, seen: [String])]) -> [Violation] {
        var violations: [Violation] = []
        for (number, first) in sequences.enumerated() {
            let places = Dictionary(uniqueKeysWithValues: zip(first.seen, first.seen.indices))
            for second in sequences[(number + 1)...] {
                var last = -1
                for payload in second.seen {
                    guard let place = places[payload] else { continue }
                    if place < last {
                        violations.append(.ordersDiffer(readers: [first.reader, second.reader], payload: payload))
                    }
                    last = max(last, place)
                }
            }
        }
        return violations
    }

    private static func tally(_ reader: ReaderHistory) -> Tally {
        var tally = Tally(reader: reader.name)
        tally.cutCount = reader.cutCount
        for sighting in reader.sightings {
            if case .gap(let reason, _, _) = sighting.what { tally.gapCounts[reason, default: 0] += 1 }
        }
        for (first, second) in zip(reader.sightings, reader.sightings.dropFirst()) {
            tally.longestSilence = max(tally.longestSilence, second.instant - first.instant)
        }
        return tally
    }
}

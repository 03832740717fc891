import HistoryChecker

extension FaultReport {
    /// Takes over the figures of a run that had no single moment of a fault.
    mutating func take(_ verdict: Verdict) {
        acknowledgedCount = verdict.acknowledgedCount
        seenCount = verdict.tallies.map(\.seenCount).min()
        unknownCount = verdict.unknownCount
        gapCount = verdict.tallies.map(\.gapCount).max()
        missedCount = verdict.tallies.map(\.missedCount).max()
        longestSilence = verdict.tallies.map(\.longestSilence).max()
    }
}

import DequeModule

/// Keeps the renderings of the last entries of all channels, and no others.
///
/// Nearly all readers are near the end, so that is where sharing pays. Kept as long as their entries, the renderings would take
/// several times the bound on the history.
struct RecentRenderings {
    /// The bytes of the entries whose renderings are kept; four forms at the most can come of each.
    static let byteCountMax = 1 << 20

    private var kept: Deque<(renderings: Renderings, byteCount: Int)> = []
    private var byteCount = 0

    /// Keeps the renderings of an entry of so many bytes, in place of the oldest ones.
    mutating func append(_ renderings: Renderings, byteCount: Int) {
        kept.append((renderings, byteCount))
        self.byteCount += byteCount
        while self.byteCount > Self.byteCountMax, let oldest = kept.popFirst() { self.byteCount -= oldest.byteCount }
    }
}

/// How many readers there are of each kind.
///
/// Kinds are few and get a number each when they first come: counting compares a name and takes no hash.
struct ReaderTally: Sendable {
    private var kinds: [(kind: ReaderKind, count: Int)] = []

    /// One more.
    ///
    /// - Returns: the number of its kind, by which it is taken away again.
    mutating func add(_ kind: ReaderKind) -> Int {
        let number = kinds.firstIndex { $0.kind == kind } ?? kinds.count
        if number == kinds.count { kinds.append((kind, 0)) }
        kinds[number].count += 1
        return number
    }

    /// One less of the kind of this number.
    mutating func remove(_ number: Int) {
        kinds[number].count -= 1
    }

    /// By kind; 0 for those that have all left.
    var counts: [ReaderKind: Int] {
        Dictionary(uniqueKeysWithValues: kinds.map { ($0.kind, $0.count) })
    }
}

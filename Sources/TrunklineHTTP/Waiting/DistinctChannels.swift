import Trunkline

/// The channels of one request in their order, each once.
struct DistinctChannels: Sendable {
    /// Nearly every request names one: no array for that, and no set.
    private var first: ChannelName?
    private var others: [ChannelName] = []
    private var known: Set<ChannelName> = []
    private let countMax: Int

    /// - Parameter countMax: how many distinct ones a request may name.
    init(countMax: Int) {
        self.countMax = countMax
    }

    var isEmpty: Bool { first == nil }

    /// Adds the channel unless it is there.
    ///
    /// - Parameter value: the name as it came.
    /// - Throws: 400 for an empty or too long name or one too many, 422 for one with NUL.
    mutating func insert(_ value: ArraySlice<UInt8>) throws(RequestFailure) {
        let name: ChannelName
        do { name = try ChannelName(bytes: Array(value)) } catch { throw RequestFailure(error, parameter: "channel") }
        if name == first || (first != nil && !known.insert(name).inserted) { return }
        guard others.count + (isEmpty ? 0 : 1) < countMax else { throw .tooManyChannels(countMax: countMax) }
        if first == nil { first = name } else { others.append(name) }
    }

    /// What is made of each, in the order in which they were first named.
    func map<Element>(_ transform: (ChannelName) -> Element) -> [Element] {
        guard let first else { return [] }
        return others.isEmpty ? [transform(first)] : [transform(first)] + others.map(transform)
    }
}

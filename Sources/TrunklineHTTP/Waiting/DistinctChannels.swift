import Trunkline

/// The channels of one request in their order, each once.
struct DistinctChannels: Sendable {
    /// In the order in which they were first named.
    private(set) var names: [ChannelName] = []
    private var known: Set<ChannelName> = []
    private let countMax: Int

    /// - Parameter countMax: how many distinct ones a request may name.
    init(countMax: Int) {
        self.countMax = countMax
    }

    /// Adds the channel unless it is there.
    ///
    /// - Parameter value: the name as it came.
    /// - Throws: 400 for an empty or too long name or one too many, 422 for one with NUL.
    mutating func insert(_ value: ArraySlice<UInt8>) throws(RequestFailure) {
        let name: ChannelName
        do { name = try ChannelName(bytes: Array(value)) } catch { throw RequestFailure(error, parameter: "channel") }
        // Nearly every request names one channel: no set for that, and no room for more.
        guard let first = names.first else {
            guard countMax > 0 else { throw .tooManyChannels(countMax: countMax) }
            names = [name]
            return
        }
        if name == first || !known.insert(name).inserted { return }
        guard names.count < countMax else { throw .tooManyChannels(countMax: countMax) }
        names.append(name)
    }
}

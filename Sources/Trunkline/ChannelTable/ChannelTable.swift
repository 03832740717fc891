import DequeModule
import Threads

/// Who reads which channel from where, what each channel keeps, and what PostgreSQL must be told: the heart of Trunkline.
///
/// A pure value: it holds no clock, thread or lock, and calls nobody. Each mutation returns what is to be done (whom to
/// wake, whether there is something to reconcile); the caller does it after unlocking.
///
/// Every notification, every confirmed LISTEN and every told loss takes the next *position* of the run. Readers read from a
/// cursor, so being woken only means "look again": a burst, a wake-up for nothing or a late reader loses nothing.
package struct ChannelTable<Owner: Sendable>: Sendable {
    /// Bounds of the table; the defaults are those of `HubConfiguration`.
    struct Limits: Sendable {
        var history: History.Bounds
        var historyByteCountTotal: Int
        var linger: Duration
        var channelCountMax: Int
        /// The most LISTENs or UNLISTENs in one message to PostgreSQL.
        var batchCountMax = 500
    }

    let limits: Limits
    let epoch: String
    /// The last position given.
    var position: UInt64 = 0

    /// Also those that are forgotten, until their place is taken.
    var channels: [Channel] = []
    private var freeChannels: [Int] = []
    var indexes: [ChannelName: Int] = [:]
    /// How many channels have a reader.
    var readChannelCount = 0
    /// All bytes kept, for the bound on the whole.
    var historyByteCount = 0
    var recentRenderings = RecentRenderings()

    /// Also those that have left, until their place is taken.
    var readers: [Reader<Owner>] = []
    private var freeReaders: [Int] = []
    private(set) var readerCount = 0
    private(set) var readerTally = ReaderTally()
    var lastTicket: UInt64 = 0

    /// Channels that want a LISTEN; looked at again before it is sent.
    var toListen: Deque<Int> = []
    /// Which places of `channels` stand in `toListen`, each once, whichever channel has the place by then.
    var isNotedToListen: [Bool] = []
    /// Channels nobody reads any more, by the end of their linger.
    var lingering = DeadlineHeap()
    /// When the listener asks for the next command without being told to: it need not be told of what is due later.
    private(set) var plannedTurn: MonotonicInstant?
    /// Channels whose linger is over; looked at again before UNLISTEN is sent.
    var leaving: Deque<Int> = []

    init(limits: Limits, epoch: String) {
        self.limits = limits
        self.epoch = epoch
    }

    /// From where a reader wants to read.
    package enum Start: Sendable {
        /// Only what comes from here on.
        case now
        /// What has come after this instant: the reader had asked by then, and was not there yet.
        case asked(MonotonicInstant)
        /// After this cursor, which may be of another run.
        case after(Cursor)
        /// After a cursor that could not be read.
        case unreadable
    }

    /// Adds a reader of `names`, which are distinct and at least one.
    ///
    /// - Returns: the reader's id, and whether PostgreSQL must be told something.
    /// - Throws: `.overLimit` when more channels would be listened to than allowed.
    package mutating func attach(
        _ names: [ChannelName], from start: Start, announcesArming: Bool = false, kind: ReaderKind = .library, owner: Owner,
        now: MonotonicInstant
    ) throws(TrunklineError) -> (id: ReaderID, mustReconcile: Bool) {
        precondition(!names.isEmpty, "a reader reads at least one channel")
        var mustReconcile = try makeRoom(for: names, now: now)
        let hasCursor =
            switch start {
            case .now, .asked: false
            case .after, .unreadable: true
            }
        var interests: [Reader<Owner>.Interest] = []
        interests.reserveCapacity(names.count)
        for name in names {
            let index = indexes[name] ?? insertChannel(name)
            if channels[index].lingersUntil != nil {
                channels[index].lingersUntil = nil
                lingering.remove(UInt64(index))
            }
            if channels[index].readerCount == 0 { readChannelCount += 1 }
            channels[index].readerCount += 1
            if channels[index].status == .off {
                noteToListen(index)
                mustReconcile = true
            }
            interests.append(.init(channel: index, isStarting: !hasCursor && channels[index].status != .on))
        }
        var reader = Reader(
            generation: freeReaders.last.map { readers[$0].generation } ?? 0, owner: owner, kindNumber: readerTally.add(kind),
            interests: interests, hasCursor: hasCursor, announcesArming: announcesArming, arrival: position)
        switch start {
        case .now: break
        case .asked(let instant): reader.cursor = place(asOf: instant, in: interests)
        case .after(let cursor) where cursor.epoch == epoch && cursor.position <= position: reader.cursor = cursor.position
        case .after, .unreadable: reader.isRestarted = true
        }
        return (insertReader(reader), mustReconcile)
    }

    /// Removes a reader with all it held; one that is gone already is no error.
    ///
    /// - Returns: whether the listener must be told, since a linger ends before its next planned turn.
    package mutating func detach(_ id: ReaderID, now: MonotonicInstant) -> Bool {
        guard isAttached(id) else { return false }
        unpark(id.slot)
        let interests = readers[id.slot].interests
        readers[id.slot].leave()
        freeReaders.append(id.slot)
        readerCount -= 1
        readerTally.remove(readers[id.slot].kindNumber)
        var mustReconcile = false
        for interest in interests {
            if releaseInterest(in: interest.channel, now: now) { mustReconcile = true }
        }
        return mustReconcile
    }

    /// The place after all that had come by `instant`; the present, if not all that has come since is kept.
    private func place(asOf instant: MonotonicInstant, in interests: [Reader<Owner>.Interest]) -> UInt64 {
        var place = position
        for interest in interests {
            let index = interest.channel
            let isAllKept = channels[index].lastDropped.map { $0 <= instant } ?? true
            guard channels[index].status == .on, isAllKept else { return position }
            if let first = channels[index].history.firstPosition(after: instant) { place = min(place, first - 1) }
        }
        return interests.allSatisfy { channels[$0.channel].floor <= place } ? place : position
    }

    func isAttached(_ id: ReaderID) -> Bool { readers[id.slot].generation == id.generation }

    /// Where the table stood when the reader came; the present for one that is gone.
    func arrivalPosition(of id: ReaderID) -> UInt64 {
        isAttached(id) ? readers[id.slot].arrival : position
    }

    /// The next position of the run.
    mutating func takePosition() -> UInt64 {
        position += 1
        return position
    }

    func cursor(at position: UInt64) -> Cursor {
        Cursor(epoch: epoch, position: position)
    }

    /// One reader less; the last one leaves the channel lingering.
    mutating func releaseInterest(in index: Int, now: MonotonicInstant) -> Bool {
        channels[index].readerCount -= 1
        guard channels[index].readerCount == 0 else { return false }
        readChannelCount -= 1
        let until = now + limits.linger
        channels[index].lingersUntil = until
        lingering.insert(UInt64(index), at: until)
        if let plannedTurn, plannedTurn <= until { return false }
        plannedTurn = until
        return true
    }

    /// When the listener is to ask for the next command without being told to; asked before it sleeps.
    ///
    /// A turn that is planned stays planned: with readers that come and go, it would else be planned anew for each of them.
    package mutating func planTurn(now: MonotonicInstant) -> MonotonicInstant? {
        if let plannedTurn, plannedTurn > now, lingering.first.map({ plannedTurn <= $0 }) ?? true { return plannedTurn }
        plannedTurn = lingering.first
        return plannedTurn
    }

    /// Has a LISTEN sent with one of the next commands, if the channel is still wanted then.
    mutating func noteToListen(_ index: Int) {
        guard !isNotedToListen[index] else { return }
        isNotedToListen[index] = true
        toListen.append(index)
    }

    /// Forgets a channel that PostgreSQL does not send any more and nobody wants.
    mutating func removeChannel(_ index: Int) {
        guard !channels[index].isForgotten else { return }
        precondition(channels[index].readerCount == 0, "a channel with readers is never removed")
        if channels[index].lingersUntil != nil { lingering.remove(UInt64(index)) }
        historyByteCount -= channels[index].history.byteCount
        indexes[channels[index].name] = nil
        channels[index].forget()
        freeChannels.append(index)
    }

    /// Ends the linger of a channel and frees what it keeps; UNLISTEN follows with the next commands.
    mutating func giveUp(_ index: Int) {
        lingering.remove(UInt64(index))
        channels[index].lingersUntil = nil
        // PostgreSQL knows nothing of it, so there is nothing to wait for.
        guard channels[index].status != .off else { return removeChannel(index) }
        leaving.append(index)
        dropHistory(of: index)
    }

    mutating func dropHistory(of index: Int) {
        historyByteCount -= channels[index].history.byteCount
        while !channels[index].history.entries.isEmpty { channels[index].dropOldest() }
    }

    /// Sees to it that `names` fit under the limit: channels that only linger give way, the longest without a reader first.
    private mutating func makeRoom(for names: [ChannelName], now: MonotonicInstant) throws(TrunklineError) -> Bool {
        var addedCount = 0
        for name in names where !(indexes[name].map { channels[$0].isWanted } ?? false) { addedCount += 1 }
        guard addedCount > 0 else { return false }
        let missingCount = readChannelCount + lingering.count + addedCount - limits.channelCountMax
        guard missingCount > 0 else { return false }
        let kept = Set(names)
        var given: [Int] = []
        var spared: [(Int, MonotonicInstant)] = []
        while given.count < missingCount, let number = lingering.removeFirst() {
            let index = Int(number)
            if kept.contains(channels[index].name) {
                spared.append((index, channels[index].lingersUntil!))
            } else {
                given.append(index)
            }
        }
        for (index, until) in spared { lingering.insert(UInt64(index), at: until) }
        guard given.count == missingCount else {
            for index in given { lingering.insert(UInt64(index), at: channels[index].lingersUntil!) }
            throw TrunklineError(
                .overLimit,
                "\(limits.channelCountMax) channels are being listened to, which is the limit: retry later or raise max_channels"
            )
        }
        given.forEach { giveUp($0) }
        return true
    }

    private mutating func insertChannel(_ name: ChannelName) -> Int {
        let index: Int
        if let free = freeChannels.popLast() {
            index = free
            channels[index] = Channel(name: name)
        } else {
            index = channels.count
            channels.append(Channel(name: name))
            isNotedToListen.append(false)
        }
        indexes[name] = index
        return index
    }

    private mutating func insertReader(_ reader: Reader<Owner>) -> ReaderID {
        let slot = freeReaders.popLast() ?? readers.count
        if slot == readers.count { readers.append(reader) } else { readers[slot] = reader }
        readerCount += 1
        return ReaderID(slot: slot, generation: reader.generation)
    }
}

extension ChannelTable.Limits {
    init(_ configuration: HubConfiguration) {
        history = History.Bounds(
            countMax: configuration.historyCount, byteCountMax: configuration.historyBytes, ageMax: configuration.historyAge)
        historyByteCountTotal = configuration.historyBytesTotal
        linger = configuration.linger
        channelCountMax = configuration.channelsMax
    }
}

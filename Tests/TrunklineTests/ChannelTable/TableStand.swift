import Threads

@testable import Trunkline

/// A table, a clock that only the test moves, and a PostgreSQL that does at once what it is told.
final class TableStand {
    typealias Table = ChannelTable<Int>

    var table: Table
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)

    init(
        count: Int = 1_000, bytes: Int = 1 << 20, age: Duration = .seconds(300), bytesTotal: Int = 1 << 24,
        linger: Duration = .seconds(60), channels: Int = 1_000, batch: Int = 500
    ) {
        table = Table(
            limits: Table.Limits(
                history: History.Bounds(countMax: count, byteCountMax: bytes, ageMax: age),
                historyByteCountTotal: bytesTotal, linger: linger, channelCountMax: channels, batchCountMax: batch),
            epoch: "run")
    }

    // MARK: readers

    @discardableResult
    func attach(
        _ names: ChannelName..., from start: Table.Start = .now, announces: Bool = false, as owner: Int = 1
    ) throws -> ReaderID {
        try table.attach(names, from: start, announcesArming: announces, owner: owner, now: now).id
    }

    /// Attaches a reader that has looked once, found nothing, and is parked.
    @discardableResult
    func park(_ names: ChannelName..., from start: Table.Start = .now, as owner: Int = 1) throws -> ReaderID {
        let id = try table.attach(names, from: start, owner: owner, now: now).id
        precondition(look(id) == .nothing, "there is something to read for a reader that is to be parked")
        return id
    }

    func look(_ id: ReaderID, limit: Int = 1_000, parks: Bool = true) -> Sight {
        Sight(table.look(id, countMax: limit, parks: parks, now: now))
    }

    /// All that a reader finds until it finds nothing, and is parked then. One that is parked is claimed first, as when a peer
    /// has gone.
    func lookAtAll(_ id: ReaderID, limit: Int = 1_000) -> [Sight] {
        _ = claim(id)
        var sights: [Sight] = []
        while true {
            let sight = look(id, limit: limit)
            if sight == .nothing { return sights }
            sights.append(sight)
        }
    }

    /// What a new reader finds that comes with the cursor `position`, and then leaves.
    func poll(_ names: ChannelName..., after position: UInt64) throws -> [Sight] {
        let id = try table.attach(names, from: after(position), owner: 0, now: now).id
        defer { detach(id) }
        return lookAtAll(id)
    }

    func poll(_ names: ChannelName..., after cursor: Cursor) throws -> [Sight] {
        let id = try table.attach(names, from: .after(cursor), owner: 0, now: now).id
        defer { detach(id) }
        return lookAtAll(id)
    }

    func claim(_ id: ReaderID) -> Int? { table.claim(id) }

    func claimAll() -> [Int] { table.claimAll() }

    @discardableResult
    func detach(_ id: ReaderID) -> Bool { table.detach(id, now: now) }

    func leavingCursor(_ id: ReaderID) -> Cursor? { table.leavingCursor(of: id) }

    func leavingPosition(_ id: ReaderID) -> UInt64? { table.leavingCursor(of: id)?.position }

    func after(_ position: UInt64) -> Table.Start { .after(Cursor(epoch: table.epoch, position: position)) }

    func waiterCount(_ name: ChannelName) -> Int {
        table.indexes[name].flatMap { table.channels[$0] }?.waiters.waiterCount ?? 0
    }

    func keptCount(_ name: ChannelName) -> Int {
        table.indexes[name].flatMap { table.channels[$0] }?.history.entries.count ?? 0
    }

    func status(_ name: ChannelName) -> Channel.Status? { table.indexes[name].flatMap { table.channels[$0] }?.status }

    // MARK: PostgreSQL

    func nextCommand() -> Table.Command? { table.nextCommand(now: now) }

    @discardableResult
    func confirm(_ names: ChannelName...) -> [Int] { table.confirmListen(names, now: now) }

    func confirmUnlisten(_ names: ChannelName...) { table.confirmUnlisten(names) }

    func refuseBatch(_ names: [ChannelName]) { table.refuseBatch(names) }

    func refuse(_ name: ChannelName) -> [Int] {
        table.refuse(name, TrunklineError(.listenRefused, "no", channel: name), now: now)
    }

    /// Does all that the table wants done.
    ///
    /// - Returns: whom to wake for it, and what was done.
    @discardableResult
    func obey() -> (woken: [Int], commands: [Table.Command]) {
        var woken: [Int] = []
        var commands: [Table.Command] = []
        while let command = nextCommand() {
            commands.append(command)
            switch command {
            case .listen(let names): woken += table.confirmListen(names, now: now)
            case .unlisten(let names): table.confirmUnlisten(names)
            }
        }
        return (woken, commands)
    }

    /// Notifications that one reading of the socket brings.
    @discardableResult
    func deliver(_ name: ChannelName, _ payloads: Payload...) -> [Int] {
        deliver(payloads.map { (name, $0) })
    }

    @discardableResult
    func deliver(_ notifications: [(ChannelName, Payload)]) -> [Int] {
        table.deliver(notifications.map { .init(channel: $0.0, payload: $0.1) }, milliseconds: 0, now: now)
    }

    func lose() { table.loseConnection() }

    // MARK: time

    func pass(_ duration: Duration) { now = now + duration }

    /// What the listener asks before it sleeps.
    func planTurn() -> MonotonicInstant? { table.planTurn(now: now) }
}

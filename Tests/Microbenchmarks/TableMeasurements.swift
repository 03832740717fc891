import Threads

@testable import Trunkline

/// What the table does for each notification.
enum TableMeasurements {
    private typealias Table = ChannelTable<Int>

    static func run() throws {
        for count in [1, 1_000] {
            var (table, readers) = try table(readerCount: count)
            Measurement.print("delivery to \(count) parked, looked at and parked again, per reader", unitCount: count) {
                let woken = deliver("read", to: &table)
                precondition(woken == count, "every reader is woken once")
                for reader in readers { _ = table.look(reader, countMax: 1_000, parks: true, now: now) }
                for reader in readers { _ = table.look(reader, countMax: 1_000, parks: true, now: now) }
            }
        }
        var (table, _) = try table(readerCount: 1_000)
        Measurement.print("delivery on a channel that nobody reads, beside 1000 readers") { deliver("unread", to: &table) }
        try Measurement.print("a reader comes and leaves") {
            let id = try table.attach(["read"], from: .now, owner: 0, now: now).id
            return table.detach(id, now: now)
        }
    }

    private static let now = MonotonicInstant(nanoseconds: 1_000_000_000)

    private static func deliver(_ channel: ChannelName, to table: inout Table) -> Int {
        table.deliver([.init(channel: channel, payload: "some payload of an ordinary length")], milliseconds: 0, now: now).count
    }

    /// A table with readers parked on one channel that is listened to.
    private static func table(readerCount: Int) throws -> (Table, [ReaderID]) {
        var table = Table(
            limits: Table.Limits(
                history: History.Bounds(countMax: 10_000, byteCountMax: 8 << 20, ageMax: .seconds(300)),
                historyByteCountTotal: 256 << 20, linger: .seconds(60), channelCountMax: 10_000),
            epoch: "5gq1x")
        var readers: [ReaderID] = []
        for _ in 0..<readerCount { readers.append(try table.attach(["read"], from: .now, owner: 1, now: now).id) }
        while let command = table.nextCommand(now: now) {
            if case .listen(let names) = command { _ = table.confirmListen(names, now: now) }
        }
        for reader in readers { _ = table.look(reader, countMax: 1_000, parks: true, now: now) }
        return (table, readers)
    }
}

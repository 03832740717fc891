@testable import Trunkline

/// What the hub and its table do for each notification.
///
/// Measured through the hub, whose table is compiled for its owners: the table by itself is generic code, several times slower.
struct TableMeasurements {
    private let hub: Hub
    private let sleeper = Sleeper()

    static func run() throws {
        for count in [1, 1_000] {
            let measurements = try Self()
            let readers = try measurements.readers(count)
            try Measurement.print("delivery to \(count) parked, looked at and parked again, per reader", unitCount: count) {
                measurements.deliver("read")
                for reader in readers { try measurements.read(reader) }
            }
            measurements.end(readers)
        }
        let measurements = try Self()
        let readers = try measurements.readers(1_000)
        Measurement.print("delivery on a channel that nobody reads, beside 1000 readers") { measurements.deliver("unread") }
        try Measurement.print("a reader comes and leaves") {
            measurements.hub.detach(try measurements.hub.attach(["read"], from: .now, owner: measurements.sleeper))
        }
        measurements.end(readers)
    }

    private init() throws {
        // It never runs, so it never connects.
        hub = try Hub()
    }

    /// Readers parked on one channel that is listened to.
    private func readers(_ count: Int) throws -> [ReaderID] {
        var readers: [ReaderID] = []
        for _ in 0..<count { readers.append(try hub.attach(["read"], from: .now, owner: sleeper)) }
        while case .listen(let names) = hub.core.nextCommand() { hub.core.confirmListen(names) }
        for reader in readers { _ = try hub.look(reader, countMax: 1_000, parks: true) }
        return readers
    }

    private func deliver(_ channel: ChannelName) {
        hub.core.deliver([.init(channel: channel, payload: "some payload of an ordinary length")])
    }

    /// Takes the one notification there is, looks again, and is parked.
    private func read(_ reader: ReaderID) throws {
        guard case .notifications(let entries, _) = try hub.look(reader, countMax: 1_000, parks: true), entries.count == 1,
            case .nothing = try hub.look(reader, countMax: 1_000, parks: true)
        else { preconditionFailure("a woken reader finds the one notification that woke it") }
    }

    private func end(_ readers: [ReaderID]) {
        for reader in readers { hub.detach(reader) }
    }
}

/// Somebody who looks again without being told to.
private final class Sleeper: Wakeable {
    func wake() {}
}

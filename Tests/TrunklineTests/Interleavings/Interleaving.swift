import TestSupport
import Threads

@testable import Trunkline

/// One short random run of a table between readers and a simulated PostgreSQL, checked as it goes and at its end.
final class Interleaving {
    typealias Table = ChannelTable<Int>

    /// What a run is made of.
    struct Plan {
        var channelCount = 3
        var readerCount = 4
        var stepCount = 26
        var linger = Duration.seconds(10)
        var historyCount: ClosedRange<Int> = 0...3
        /// How often a run has bounds at all; in the others nothing may expire.
        var boundedRuns = 0.5
        /// Whether connections are lost, LISTENs refused, and channels are over their limit.
        var hasFaults = true
        /// Whether some readers come with a cursor of another run.
        var hasForeigners = true
    }

    private static let names = (0..<8).map { ChannelName(stringLiteral: "c\($0)") }
    private static let numbers = Dictionary(uniqueKeysWithValues: zip(names, 0...))

    let plan: Plan
    private var random: SplitMix64
    private var table: Table
    private var server: SimulatedPostgres
    private var readers: [SimulatedReader] = []
    private var now = MonotonicInstant(nanoseconds: 0)
    private var underWay: Table.Command?
    /// The listener sleeps until it is told that there is something to reconcile, or its planned turn has come.
    private var isSignalled = false
    private var plannedTurn: MonotonicInstant?
    private var lastDelivered = -1
    /// Which channels the table holds to be listened to.
    private var isOn: [Bool]
    private let isBounded: Bool
    /// From here on nothing fails any more.
    private var isCalm = false
    /// What had failed before that has been told, too.
    private var isSettled = false
    private let trace: Trace?
    private(set) var violation: String?

    /// Runs to the end, or to the first violation.
    ///
    /// - Returns: the violation with all that led to it; `nil` if there is none.
    static func run(_ plan: Plan, _ random: SplitMix64) -> String? {
        let run = Interleaving(plan, random, isTraced: false)
        run.runToEnd()
        guard run.violation != nil else { return nil }
        let again = Interleaving(plan, random, isTraced: true)
        again.runToEnd()
        return "\(again.violation ?? "no violation when run again") (\(again.random))\n"
            + (again.trace?.lines ?? []).joined(separator: "\n")
    }

    private init(_ plan: Plan, _ random: SplitMix64, isTraced: Bool) {
        self.plan = plan
        trace = isTraced ? Trace() : nil
        var random = random
        isBounded = Double.random(in: 0..<1, using: &random) < plan.boundedRuns
        let count = isBounded ? Int.random(in: plan.historyCount, using: &random) : 10_000
        let isCrowded = plan.hasFaults && isBounded && Bool.random(using: &random)
        table = Table(
            limits: Table.Limits(
                history: History.Bounds(
                    countMax: count, byteCountMax: 1 << 20, ageMax: isBounded ? .seconds(20) : .seconds(1 << 30)),
                historyByteCountTotal: isBounded && Bool.random(using: &random) ? 4 * 130 : 1 << 24,
                linger: plan.linger, channelCountMax: isCrowded ? 2 : 100, batchCountMax: 2),
            epoch: "run")
        server = SimulatedPostgres(channelCount: plan.channelCount)
        isOn = .init(repeating: false, count: plan.channelCount)
        for _ in 0..<plan.readerCount {
            let count = Int.random(in: 1...min(2, plan.channelCount), using: &random)
            readers.append(
                SimulatedReader(
                    channels: Array((0..<plan.channelCount).shuffled(using: &random).prefix(count)),
                    isStream: Int.random(in: 0..<3, using: &random) == 0, limit: Int.random(in: 1...3, using: &random),
                    isForeign: plan.hasForeigners && Int.random(in: 0..<6, using: &random) == 0, losses: 0))
        }
        self.random = random
    }

    private func runToEnd() {
        var steps = 0
        while steps < plan.stepCount, violation == nil {
            step()
            steps += 1
        }
        if violation == nil { comeToRest() }
        if violation == nil { settle() }
        if violation == nil { endAll() }
    }

    // MARK: steps

    private func step() {
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<4: commit(any(plan.channelCount))
        case 4..<8: work()
        case 8..<11: read(1 + any(4))
        case 11..<13: listenerTurn()
        case 13..<20: readerTurn(any(readers.count))
        case 20: timeOut(any(readers.count))
        case 21: cut(any(readers.count))
        case 22 where plan.hasFaults:
            if server.isConnected {
                if any(3) == 0 { lose() }
            } else {
                connect()
            }
        default: pass(.seconds(1 + any(12)))
        }
        if any(3) == 0 { check(any(readers.count)) }
    }

    private func any(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private func commit(_ channel: Int) {
        note("commit \(server.commitCount) on \(channel)")
        server.commit(on: channel)
    }

    private func work() {
        let refuses = !isCalm && plan.hasFaults && any(12) == 0
        note("PostgreSQL works\(refuses ? ", and refuses" : "")")
        server.work(refuses: refuses)
    }

    /// Reads the socket: all notifications are taken first, then the answer, as the listener does.
    private func read(_ count: Int) {
        guard server.isConnected else { return }
        let outputs = server.read(count)
        guard !outputs.isEmpty else { return }
        note("read \(outputs)")
        deliver(outputs)
        for output in outputs {
            switch output {
            case .notification: break
            case .answered: answer(isRefused: false)
            case .refused: answer(isRefused: true)
            }
        }
        isSignalled = true
    }

    private func deliver(_ outputs: [SimulatedPostgres.Output]) {
        var arrivals: [Table.Arrival] = []
        for case .notification(let commit) in outputs {
            let name = Self.names[server.channelsOfCommits[commit]]
            arrivals.append(.init(channel: name, payload: Payload(delivered: Array("\(commit)".utf8))))
            lastDelivered = commit
        }
        guard !arrivals.isEmpty else { return }
        wake(table.deliver(arrivals, milliseconds: 0, now: now))
        noteArming()
    }

    private func answer(isRefused: Bool) {
        guard let command = underWay else { return violate("an answer to no command") }
        underWay = nil
        switch command {
        case .unlisten(let names): table.confirmUnlisten(names)
        case .listen(let names) where !isRefused: wake(table.confirmListen(names, now: now))
        case .listen(let names) where names.count > 1: table.refuseBatch(names)
        case .listen(let names):
            wake(table.refuse(names[0], TrunklineError(.listenRefused, "no", channel: names[0]), now: now))
        }
        noteArming()
    }

    private func listenerTurn() {
        guard server.isConnected, underWay == nil else { return }
        guard isSignalled || plannedTurn.map({ $0 <= now }) ?? false else { return }
        isSignalled = false
        // As the listener does: one that has passed has it turn once more.
        plannedTurn = table.planTurn(now: now)
        guard let command = table.nextCommand(now: now) else { return }
        note("send \(command)")
        underWay = command
        switch command {
        case .listen(let names): server.send(.listen(names.map { Self.numbers[$0]! }))
        case .unlisten(let names): server.send(.unlisten(names.map { Self.numbers[$0]! }))
        }
    }

    private func lose() {
        let outputs = server.read(any(4))
        note("lose the connection after \(outputs)")
        deliver(outputs)
        server.lose()
        underWay = nil
        table.loseConnection()
    }

    private func connect() {
        note("connect")
        server.connect()
        isSignalled = true
    }

    private func pass(_ duration: Duration) {
        note("\(duration) pass")
        now = now + duration
    }

    // MARK: readers

    private func readerTurn(_ number: Int) {
        switch readers[number].phase {
        case .away: come(number)
        case .running(let id), .woken(let id): look(number, id, parks: true)
        case .leaving(let id): leave(number, id)
        case .parked: break
        }
    }

    private func come(_ number: Int) {
        let reader = readers[number]
        let start: Table.Start = reader.isForeign ? .unreadable : reader.cursor.map { .after($0) } ?? .now
        do throws(TrunklineError) {
            let (id, mustReconcile) = try table.attach(
                reader.channels.map { Self.names[$0] }, from: start, announcesArming: reader.isStream, owner: number,
                now: now)
            note("reader \(number) comes, to read \(reader.channels) from \(start)")
            if mustReconcile { isSignalled = true }
            readers[number].come(id, lastDelivered: lastDelivered)
            noteArming()
        } catch {
            if !isBounded || error.code != .overLimit { violate("reader \(number) was refused: \(error)") }
        }
    }

    private func look(_ number: Int, _ id: ReaderID, parks: Bool) {
        let look = table.look(id, countMax: readers[number].limit, parks: parks, now: now)
        note("reader \(number) finds \(Sight(look))")
        readers[number].move(to: .running(id))
        switch look {
        case .armed(let cursor): readers[number].announce(cursor)
        case .notifications(let entries, let cursor):
            let commits = entries.map { Int($0.text) ?? -1 }
            let channelsOfCommits = server.channelsOfCommits
            readers[number].see(commits, cursor: cursor) { channelsOfCommits[$0] }
            if !readers[number].isStream { detach(number, id) }
        case .gap(let gap):
            if !isBounded, gap.reason == .expired || gap.reason == .overflow { violate("\(gap) where all is kept") }
            readers[number].hear(
                gap, channels: gap.channels.map { Self.numbers[$0]! }, commits: server.commitCount, losses: server.lossCount)
            // A poll is answered with the gap, or held over it.
            if !readers[number].isStream, Bool.random(using: &random) { detach(number, id) }
        case .nothing: readers[number].move(to: parks ? .parked(id) : .leaving(id))
        case .failed:
            if isSettled { violate("reader \(number) failed where nothing fails") }
            detach(number, id)
        }
        noteArming()
    }

    private func timeOut(_ number: Int) {
        guard case .parked(let id) = readers[number].phase else { return }
        note("the time of reader \(number) is up")
        guard table.claim(id) == number else { return violate("reader \(number) was parked, and nobody could claim it") }
        look(number, id, parks: false)
    }

    /// Leaves a while after its last look: something may have come in between.
    private func leave(_ number: Int, _ id: ReaderID) {
        guard let cursor = table.leavingCursor(of: id) else { return violate("reader \(number) is gone before it left") }
        note("reader \(number) leaves with \(cursor)")
        if table.detach(id, now: now) { isSignalled = true }
        readers[number].leave(with: cursor)
    }

    private func cut(_ number: Int) {
        guard let id = readers[number].id else { return }
        note("reader \(number) is cut off")
        detach(number, id)
    }

    private func detach(_ number: Int, _ id: ReaderID) {
        if table.detach(id, now: now) { isSignalled = true }
        readers[number].leave(with: nil)
    }

    private func wake(_ owners: [Int]) {
        if !owners.isEmpty { note("wake \(owners)") }
        for owner in owners { readers[owner].wake() }
    }

    // MARK: checks

    private func isListened(_ channel: Int) -> Bool {
        guard let index = table.indexes[Self.names[channel]] else { return false }
        return table.channels[index].status == .on
    }

    private func noteArming() {
        for channel in 0..<plan.channelCount { isOn[channel] = isListened(channel) }
        for number in readers.indices {
            readers[number].noteArming(isOn, commits: server.commitCount)
        }
    }

    /// Nobody is left parked with something to read.
    private func check(_ number: Int) {
        if let complaint = readers[number].complaint { return violate("reader \(number) \(complaint)") }
        guard case .parked(let id) = readers[number].phase else { return }
        var copy = table
        guard copy.claim(id) == number else { return violate("reader \(number) is parked and cannot be woken") }
        // The bound on age may drop what was read long ago; that is no reason to wake anybody.
        let look = copy.look(id, countMax: 1, parks: false, now: MonotonicInstant(nanoseconds: 0))
        guard case .nothing = look else { return violate("reader \(number) is parked over \(Sight(look))") }
    }

    /// Lets everything happen that is due, until all readers are parked.
    private func comeToRest() {
        note("all comes to rest")
        isCalm = true
        var turns = 0
        while violation == nil {
            turns += 1
            if turns > 1_000 { return violate("no rest after 1,000 turns") }
            if !server.isConnected { connect() }
            for number in readers.indices { readerTurn(number) }
            listenerTurn()
            work()
            read(100)
            let isAtRest = readers.allSatisfy { if case .parked = $0.phase { true } else { false } }
            if isAtRest, server.hasNothingToDo, underWay == nil, !isSignalled {
                for number in readers.indices { check(number) }
                return
            }
            // Where channels are over their limit, those who have theirs must go before others can come.
            if turns % 10 == 0, isBounded { makeWay() }
        }
    }

    /// Ends the reader that is longest parked while others cannot come: it has been served.
    private func makeWay() {
        guard let waiting = readers.indices.first(where: { readers[$0].phase == .away }) else { return }
        note("others make way for reader \(waiting)")
        for number in readers.indices where number != waiting {
            guard let id = readers[number].id else { continue }
            detach(number, id)
        }
        readers.swapAt(0, waiting)
        readers = [readers[0]]
    }

    /// A commit on every channel reaches every reader, and nobody is owed anything.
    private func settle() {
        isSettled = true
        for channel in 0..<plan.channelCount { commit(channel) }
        comeToRest()
        guard violation == nil else { return }
        for number in readers.indices {
            if let debt = readers[number].debt(channelsOfCommits: server.channelsOfCommits) {
                return violate("reader \(number) \(debt)")
            }
        }
    }

    /// When all have left, and the linger is over, nothing is left.
    private func endAll() {
        for number in readers.indices { cut(number) }
        pass(plan.linger)
        var turns = 0
        repeat {
            listenerTurn()
            work()
            work()
            read(100)
            turns += 1
        } while turns < 3 || !server.hasNothingToDo
        if !server.listensToNothing { violate("PostgreSQL still sends what nobody reads") }
        if table.readerCount != 0 || table.readChannelCount != 0 { violate("readers are left") }
        if table.channels.contains(where: { !$0.isForgotten }) || !table.indexes.isEmpty { violate("channels are left") }
        if table.historyByteCount != 0 { violate("\(table.historyByteCount) bytes are left") }
        if table.lingering.count != 0 || !table.leaving.isEmpty { violate("lingers are left") }
    }

    private func violate(_ what: String) {
        if violation == nil { violation = what }
    }

    private func note(_ what: @autoclosure () -> String) {
        trace?.lines.append(what())
    }

    /// What has happened, written down only in a run that is known to fail.
    private final class Trace {
        var lines: [String] = []
    }
}

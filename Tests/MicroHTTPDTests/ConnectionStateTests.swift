import Testing
import Threads

@testable import MicroHTTPD

@Suite("Connection state")
struct ConnectionStateTests {
    static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    static var settings: DeadlineSettings {
        var configuration = DaemonConfiguration()
        configuration.stallTimeout = .seconds(20)
        return DeadlineSettings(configuration)
    }

    static func running() -> ConnectionState {
        var state = ConnectionState(now: start)
        state.headRead(byteCount: 100, bodySince: nil)
        return state
    }

    static func progress(acked: UInt64 = 0, unacked: UInt32 = 0, received: UInt64 = 0) -> TCPProgress {
        TCPProgress(unackedSegmentCount: unacked, ackedByteCount: acked, receivedByteCount: received)
    }

    // MARK: Parking

    @Test("only one of two wake-ups resumes a parked exchange")
    func oneResumes() {
        var state = Self.running()
        let result1 = state.beforeParking(pauses: false)
        #expect(result1 == .stay)
        let result2 = state.parked()
        #expect(result2 == .stay)
        #expect(state.phase == .parked)
        let first = state.wake(0)
        let second = state.wake(0)
        #expect(first == .resume && second == .none)
        #expect(state.phase == .running(isWoken: true))
    }

    @Test("a wake-up while running is remembered once, before and after the suspension")
    func remembered() {
        var state = Self.running()
        let result3 = state.wake(0)
        #expect(result3 == .none)
        let result4 = state.beforeParking(pauses: false)
        #expect(result4 == .again)
        let result5 = state.beforeParking(pauses: false)
        #expect(result5 == .stay)
        let result6 = state.wake(0)
        #expect(result6 == .none)
        let result7 = state.parked()
        #expect(result7 == .again)
        let result8 = state.parked()
        #expect(result8 == .stay)
    }

    @Test("an exchange that pauses is asked, and resumed only once it was suspended")
    func pause() {
        var state = Self.running()
        let pausing = state.beforeParking(pauses: true)
        #expect(pausing == .stay && state.phase == .pausing)
        let wakeUps = [state.wake(0), state.wake(0)]
        #expect(wakeUps == [.nudge, .none])
        let again = state.beforeParking(pauses: true)
        #expect(again == .again)
        _ = state.beforeParking(pauses: true)
        let ends = [state.endPause(), state.endPause()]
        #expect(ends == [true, false])
        let parked = state.parked()
        #expect(parked == .stay)
        let wakeUp = state.wake(0)
        #expect(wakeUp == .resume)
    }

    @Test("a wake-up between the end of a pause and the suspension is remembered")
    func pauseEnds() {
        var state = Self.running()
        _ = state.beforeParking(pauses: true)
        _ = state.endPause()
        let wakeUp = state.wake(0)
        let parked = state.parked()
        #expect(wakeUp == .none && parked == .again)
    }

    @Test("a client that goes while its exchange pauses ends it in the next turn")
    func goneWhilePausing() {
        var state = Self.running()
        _ = state.beforeParking(pauses: true)
        let wakeUp = state.gone()
        let isGoingOn = state.run(isResumed: true)
        #expect(wakeUp == .nudge && !isGoingOn)
    }

    @Test("an exchange that is over without an answer has lost its client, one that was answered has not")
    func overWithoutAnswer() {
        var pausing = Self.running()
        _ = pausing.beforeParking(pauses: true)
        pausing.completed(now: Self.start, receivedByteCount: nil)
        var answered = Self.running()
        answered.write(isEarly: false)
        answered.completed(now: Self.start, receivedByteCount: nil)
        #expect(pausing.isGone && !answered.isGone)
    }

    @Test("a client that goes resumes a parked exchange, and its next turn is the end")
    func goneWhileParked() {
        var state = Self.running()
        let result9 = state.parked()
        #expect(result9 == .stay)
        let result10 = state.gone()
        #expect(result10 == .resume)
        let result11 = state.run(isResumed: true)
        #expect(!result11)
    }

    @Test("a client that goes while its request runs still gets the answer, but cannot park")
    func goneWhileRunning() {
        var state = Self.running()
        let result12 = state.gone()
        #expect(result12 == .none)
        let result13 = state.run(isResumed: false)
        #expect(result13)
        let result14 = state.beforeParking(pauses: false)
        #expect(result14 == .close)
        let result15 = state.parked()
        #expect(result15 == .close)
        state.write(isEarly: false)
        #expect(state.phase == .writing)
    }

    @Test("after the close nothing is resumed, and no phase comes back")
    func closed() {
        var state = Self.running()
        _ = state.close { nil }
        let result16 = state.wake(0)
        #expect(result16 == .none)
        let result17 = state.gone()
        #expect(result17 == .none)
        state.write(isEarly: false)
        state.completed(now: Self.start, receivedByteCount: nil)
        state.headRead(byteCount: 1, bodySince: nil)
        #expect(state.phase == .closed)
    }

    @Test("a request that was there when the one before was over had come by then; one that was there in part had not")
    func requestArrival() {
        var state = ConnectionState(now: Self.start)
        state.headRead(byteCount: 100, bodySince: nil)
        #expect(state.requestArrival == nil)
        state.completed(now: Self.start, receivedByteCount: 150)
        state.headRead(byteCount: 50, bodySince: nil)
        #expect(state.requestArrival == Self.start)
        state.completed(now: Self.start, receivedByteCount: 199)
        state.headRead(byteCount: 50, bodySince: nil)
        #expect(state.requestArrival == nil)
        state.completed(now: Self.start, receivedByteCount: 200)
        state.headRead(byteCount: 50, bodySince: nil)
        #expect(state.requestArrival == nil, "nothing was there")
        state.completed(now: Self.start, receivedByteCount: nil)
        state.headRead(byteCount: 50, bodySince: nil)
        #expect(state.requestArrival == nil, "nobody has asked")
    }

    @Test("a wake-up of a finished exchange does not reach the next one")
    func stale() {
        var state = Self.running()
        state.write(isEarly: false)
        state.completed(now: Self.start, receivedByteCount: nil)
        state.headRead(byteCount: 100, bodySince: nil)
        let result18 = state.parked()
        #expect(result18 == .stay)
        let stale = state.wake(0)
        let own = state.wake(1)
        #expect(stale == .none && own == .resume)
    }

    // MARK: Closing

    @Test("a socket lingers when the client may be sending still, and never when we cut it")
    func lingering() {
        var early = Self.running()
        early.write(isEarly: true)
        #expect(early.close { nil })
        var unread = Self.running()
        #expect(unread.close { Self.progress(received: 101) })
        var read = Self.running()
        #expect(!read.close { Self.progress(received: 100) })
        var cut = Self.running()
        _ = cut.shutDown()
        #expect(!cut.close { Self.progress(received: 101) })
    }

    // MARK: Deadlines

    /// Checks a state at a time after the start.
    static func check(
        _ state: inout ConnectionState, at time: Duration, _ progress: TCPProgress? = nil
    ) -> ConnectionState.Check {
        state.check(now: start + time, settings) { progress }
    }

    @Test("the first head has its time from the start of the connection, whatever comes in between")
    func headDeadline() {
        var state = ConnectionState(now: Self.start)
        let result19 = Self.check(&state, at: .seconds(1))
        #expect(result19 == .later(Self.start + .seconds(2)))
        let result20 = Self.check(&state, at: .seconds(9.5))
        #expect(result20 == .later(Self.start + .seconds(10)))
        let result21 = Self.check(&state, at: .seconds(10))
        #expect(result21 == .shutDown)
    }

    @Test("a body has its time from the end of the head")
    func bodyDeadline() {
        var state = ConnectionState(now: Self.start)
        state.headRead(byteCount: 200, bodySince: Self.start + .seconds(5))
        let result22 = Self.check(&state, at: .seconds(34.5))
        #expect(result22 == .later(Self.start + .seconds(35)))
        let result23 = Self.check(&state, at: .seconds(35))
        #expect(result23 == .shutDown)
    }

    @Test("a running request has no deadline, a parked one not even a check")
    func noDeadline() {
        var state = Self.running()
        let result24 = Self.check(&state, at: .seconds(3_600))
        #expect(result24 == .later(Self.start + .seconds(3_601)))
        _ = state.parked()
        let result25 = Self.check(&state, at: .seconds(7_200), Self.progress())
        #expect(result25 == .none)
    }

    static func idle() -> ConnectionState {
        var state = running()
        state.write(isEarly: false)
        state.completed(now: start, receivedByteCount: nil)
        return state
    }

    @Test("an idle connection is asked for input once, and closed at its time-out")
    func idleDeadline() {
        var state = Self.idle()
        let result26 = Self.check(&state, at: .seconds(0.5))
        #expect(result26 == .later(Self.start + .seconds(1)))
        let result27 = Self.check(&state, at: .seconds(1), Self.progress(received: 100))
        #expect(result27 == .awaitInput(Self.start + .seconds(11)))
        let result28 = Self.check(&state, at: .seconds(11))
        #expect(result28 == .later(Self.start + .seconds(21)))
        let result29 = Self.check(&state, at: .seconds(70))
        #expect(result29 == .later(Self.start + .seconds(75)))
        let result30 = Self.check(&state, at: .seconds(75))
        #expect(result30 == .shutDown)
    }

    @Test("a head that begins on an idle connection has its own time, late or at once")
    func secondHead() {
        var late = Self.idle()
        _ = Self.check(&late, at: .seconds(1), Self.progress(received: 100))
        late.inputArrived(now: Self.start + .seconds(5))
        let result31 = Self.check(&late, at: .seconds(11))
        #expect(result31 == .later(Self.start + .seconds(12)))
        let result32 = Self.check(&late, at: .seconds(15))
        #expect(result32 == .shutDown)
        var atOnce = Self.idle()
        let result33 = Self.check(&atOnce, at: .seconds(1), Self.progress(received: 108))
        #expect(result33 == .later(Self.start + .seconds(2)))
        let result34 = Self.check(&atOnce, at: .seconds(11))
        #expect(result34 == .shutDown)
    }

    @Test("an answer stalls when no byte is acknowledged for the time-out, and not when one is now and then")
    func stall() {
        var state = Self.running()
        state.write(isEarly: false)
        _ = Self.check(&state, at: .seconds(1), Self.progress(acked: 10))
        _ = Self.check(&state, at: .seconds(20), Self.progress(acked: 11))
        let result35 = Self.check(&state, at: .seconds(39.5), Self.progress(acked: 11))
        #expect(result35 == .later(Self.start + .seconds(40)))
        let result36 = Self.check(&state, at: .seconds(40), Self.progress(acked: 11))
        #expect(result36 == .shutDown)
    }

    @Test("a parked stream whose bytes never arrive is a client that has vanished")
    func vanished() {
        var state = Self.running()
        _ = state.parked()
        let progress = Self.progress(acked: 10, unacked: 1)
        let result37 = Self.check(&state, at: .seconds(1), progress)
        #expect(result37 == .later(Self.start + .seconds(2)))
        let result38 = Self.check(&state, at: .seconds(21), progress)
        #expect(result38 == .shutDown)
    }
}

import Testing
import Threads

@testable import Trunkline

@Suite("The vigil over the listener")
struct VigilTests {
    private let start = MonotonicInstant.now
    private var vigil = Vigil()

    init() {
        vigil.beginSession(start)
    }

    private func at(_ seconds: Double) -> MonotonicInstant { start + .seconds(seconds) }

    /// One beat that is committed and heard.
    private mutating func prove(_ seconds: Double) {
        let number = vigil.beginBeat(at(seconds))
        expect(vigil.commitBeat(at(seconds)), true)
        expect(vigil.hear(number, at(seconds)) != nil, true)
    }

    @Test("a session is proven by a first beat at once, whether anybody reads or not")
    mutating func firstBeat() {
        #expect(vigil.isBeatDue(isWanted: false, at(0)))
        expect(vigil.beginBeat(at(0)), 1)
        #expect(!vigil.isBeatDue(isWanted: true, at(5)), "one at a time")
        expect(vigil.commitBeat(at(0.1)), true)
        expect(vigil.hear(1, at(0.25)), .milliseconds(250))
        #expect(vigil.isProven(at(2.2)) && !vigil.isProven(at(2.3)))
    }

    @Test("while anybody reads there is a beat every two seconds, and none when nobody does")
    mutating func interval() {
        prove(0)
        #expect(vigil.nextBeat(isWanted: false, at(0.1)) == nil)
        #expect(vigil.nextBeat(isWanted: true, at(0.1)) == at(2))
        #expect(!vigil.isBeatDue(isWanted: true, at(1.99)))
        #expect(vigil.isBeatDue(isWanted: true, at(2)))
        // Whoever comes after a long time finds no fresh proof, and gets it.
        #expect(vigil.isBeatDue(isWanted: true, at(3_600)))
    }

    @Test("whoever asks gets a beat at once")
    mutating func asked() {
        prove(0)
        vigil.ask()
        #expect(vigil.isBeatDue(isWanted: false, at(0.5)))
        _ = vigil.beginBeat(at(0.5))
        vigil.abandonBeat()
        #expect(!vigil.isBeatDue(isWanted: false, at(0.6)), "once")
    }

    @Test("who asks while a beat is under way waits for that one, and nobody looks in vain meanwhile")
    mutating func askedMeanwhile() {
        prove(0)
        _ = vigil.beginBeat(at(3))
        _ = vigil.commitBeat(at(3))
        vigil.ask()
        #expect(vigil.nextBeat(isWanted: true, at(3.1)) == at(5))
        expect(vigil.hear(vigil.number, at(3.5)) != nil, true)
        #expect(vigil.nextBeat(isWanted: false, at(3.6)) == nil, "the proof was for all who had asked")
        // Missed, it is asked anew.
        _ = vigil.beginBeat(at(6))
        _ = vigil.commitBeat(at(6))
        vigil.ask()
        expect(vigil.judge(at(7)), .missed)
        #expect(vigil.isBeatDue(isWanted: false, at(7)))
    }

    @Test("three beats that were committed and have not come prove that the listener is deaf, within 8 s of the last proof")
    mutating func deaf() {
        prove(0)
        var now = 2.0
        for judgement in [Vigil.Judgement.missed, .missed, .deaf] {
            #expect(vigil.isBeatDue(isWanted: true, at(now)))
            _ = vigil.beginBeat(at(now))
            expect(vigil.commitBeat(at(now + 0.001)), true)
            expect(vigil.judge(at(now + 0.999)), .none)
            now += 1.002
            expect(vigil.judge(at(now)), judgement)
        }
        #expect(now < 8)
    }

    @Test("after a missed beat the next comes though nobody reads any more, and one that is heard makes all well")
    mutating func recovered() {
        prove(0)
        _ = vigil.beginBeat(at(2))
        _ = vigil.commitBeat(at(2))
        expect(vigil.judge(at(3)), .missed)
        #expect(vigil.isBeatDue(isWanted: false, at(3)))
        prove(3)
        #expect(vigil.nextBeat(isWanted: false, at(3)) == nil)
    }

    @Test("a late beat is no fresh proof, but shows that the listener is slow and not deaf")
    mutating func late() {
        prove(0)
        for second in [2.0, 3.25] {
            _ = vigil.beginBeat(at(second))
            _ = vigil.commitBeat(at(second))
            expect(vigil.judge(at(second + 1)), .missed)
        }
        expect(vigil.hear(2, at(4.1)), nil)
        #expect(!vigil.isProven(at(4.1)))
        _ = vigil.beginBeat(at(4.2))
        _ = vigil.commitBeat(at(4.2))
        expect(vigil.judge(at(5.3)), .missed, "counted anew")
    }

    @Test("a listener that still reads what came before gets more time, until it has caught up")
    mutating func behind() {
        prove(0)
        _ = vigil.beginBeat(at(2))
        _ = vigil.commitBeat(at(2))
        for second in stride(from: 3.0, through: 30, by: 1) { expect(vigil.judge(at(second), isBehind: true), .none) }
        expect(vigil.judge(at(30.5)), .none)
        expect(vigil.judge(at(31)), .missed)
    }

    @Test("silence counts from the first committed beat that has not come, and not while there is none")
    mutating func silence() {
        prove(0)
        #expect(vigil.unheardSince == nil, "an hour without readers is no silence")
        _ = vigil.beginBeat(at(3_600))
        _ = vigil.commitBeat(at(3_600))
        expect(vigil.judge(at(3_601)), .missed)
        _ = vigil.beginBeat(at(3_601))
        _ = vigil.commitBeat(at(3_601))
        #expect(vigil.unheardSince == at(3_600))
        _ = vigil.hear(2, at(3_601.5))
        #expect(vigil.unheardSince == nil)
    }

    @Test("a beat of which nobody can say what it proves is neither heard nor missed")
    mutating func dismissed() {
        prove(0)
        for second in stride(from: 2.0, to: 30, by: 2) {
            _ = vigil.beginBeat(at(second))
            _ = vigil.commitBeat(at(second))
            vigil.dismissBeat()
            expect(vigil.judge(at(second + 1.5)), .none)
            #expect(vigil.nextBeat(isWanted: true, at(second + 1.5)) == at(second + 2))
        }
        #expect(!vigil.isProven(at(30)))
    }

    @Test("while the listener is behind nobody looks in vain")
    mutating func patient() {
        prove(0)
        _ = vigil.beginBeat(at(2))
        _ = vigil.commitBeat(at(2))
        #expect(vigil.nextBeat(isWanted: true, at(9)).map { $0 > at(9) } == true)
    }

    @Test("a beat that could not be committed says nothing about the listener, and the next one takes its time")
    mutating func abandoned() {
        prove(0)
        for second in stride(from: 2.0, to: 60, by: 2) {
            _ = vigil.beginBeat(at(second))
            vigil.abandonBeat()
            #expect(vigil.judgementTime == nil)
            expect(vigil.judge(at(second + 1.9)), .none)
            #expect(!vigil.isBeatDue(isWanted: true, at(second + 1.9)))
        }
    }

    @Test("a beat heard before its COMMIT is confirmed is proof, and not judged any more")
    mutating func heardFirst() {
        let number = vigil.beginBeat(at(0))
        expect(vigil.hear(number, at(0.1)), .milliseconds(100))
        expect(vigil.commitBeat(at(0.2)), false)
        expect(vigil.judge(at(9)), .none)
    }

    @Test("beats of the session before, and of nobody, prove nothing")
    mutating func foreign() {
        let number = vigil.beginBeat(at(0))
        vigil.endSession()
        vigil.beginSession(at(1))
        expect(vigil.hear(number, at(1)), nil)
        expect(vigil.hear(99, at(1)), nil)
        #expect(vigil.lastProof == nil)
    }

    @Test("without a session there is no beat, no judgement and no sign")
    mutating func noSession() {
        vigil.endSession()
        vigil.ask()
        #expect(vigil.nextBeat(isWanted: true, at(9)) == nil)
        #expect(vigil.nextSign(isWanted: true) == nil)
        #expect(vigil.judgementTime == nil)
    }

    @Test("where no beat gets through, the listener's own server is asked for a sign of life, again and again")
    mutating func signs() {
        prove(1)
        #expect(vigil.nextSign(isWanted: true) == at(5))
        #expect(vigil.nextSign(isWanted: false) == nil)
        vigil.noteSign(at(5.1))
        #expect(vigil.nextSign(isWanted: true) == at(9.1))
        // A poster whose server is silent makes it be asked at once.
        vigil.doubt(at(6))
        #expect(vigil.nextSign(isWanted: false) == at(6))
        vigil.noteSign(at(6.1))
        #expect(vigil.nextSign(isWanted: true) == at(10.1))
    }

    @Test("after a long time without readers the first one causes a beat, not a question")
    mutating func interest() {
        prove(0)
        vigil.noteInterest(at(3_600))
        #expect(vigil.nextSign(isWanted: true) == at(3_604))
        #expect(vigil.isBeatDue(isWanted: true, at(3_600)))
    }
}

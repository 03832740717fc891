import Testing

@testable import Trunkline

@Suite("Both connections on one server")
struct AllegianceTests {
    private let old = ServerIdentity(system: "1", database: "5", timeline: 1)
    private let promoted = ServerIdentity(system: "1", database: "5", timeline: 2)
    private let stranger = ServerIdentity(system: "2", database: "5", timeline: 1)
    private let recreated = ServerIdentity(system: "1", database: "6", timeline: 1)

    private var allegiance = Allegiance()

    @Test("two sessions of one database are admitted, in either order", arguments: ConnectionRole.allCases)
    mutating func together(first: ConnectionRole) {
        expect(allegiance.admit(old, as: first), .admitted)
        expect(allegiance.admit(old, as: first.other), .admitted)
    }

    @Test("whichever connection finds the promoted server first, the other must follow", arguments: ConnectionRole.allCases)
    mutating func promotion(first: ConnectionRole) {
        for role in ConnectionRole.allCases { expect(allegiance.admit(old, as: role), .admitted) }
        allegiance.leave(first)
        expect(allegiance.admit(promoted, as: first), .admittedAlone)
        allegiance.leave(first.other)
        expect(allegiance.admit(promoted, as: first.other), .admitted)
    }

    @Test("an old primary that was left alive is refused from then on, also when nobody is connected any more")
    mutating func oldPrimary() {
        expect(allegiance.admit(promoted, as: .poster), .admitted)
        allegiance.leave(.poster)
        for role in ConnectionRole.allCases {
            guard case .refused(let words) = allegiance.admit(old, as: role) else {
                Issue.record("an old primary was admitted")
                continue
            }
            #expect(words.contains("old primary") && words.contains("timeline is 1"))
        }
    }

    @Test("an old primary is refused as well where nobody may ask which system it is")
    mutating func unknownSystem() {
        expect(allegiance.admit(ServerIdentity(system: nil, database: "5", timeline: 2), as: .poster), .admitted)
        allegiance.leave(.poster)
        for role in ConnectionRole.allCases {
            guard case .refused = allegiance.admit(ServerIdentity(system: nil, database: "5", timeline: 1), as: role) else {
                Issue.record("an old primary was admitted")
                continue
            }
        }
    }

    @Test("to another system or database the poster leads, and the listener is refused until it has")
    mutating func poster() {
        for place in [stranger, recreated] {
            var allegiance = Allegiance()
            for role in ConnectionRole.allCases { expect(allegiance.admit(old, as: role), .admitted) }
            allegiance.leave(.listener)
            guard case .refusedForNow = allegiance.admit(place, as: .listener) else {
                Issue.record("the listener went to \(place) by itself")
                continue
            }
            allegiance.leave(.poster)
            expect(allegiance.admit(place, as: .poster), .admitted)
            expect(allegiance.admit(place, as: .listener), .admitted)
        }
    }

    @Test("a listener without a poster may go anywhere but back")
    mutating func alone() {
        expect(allegiance.admit(old, as: .listener), .admitted)
        allegiance.leave(.listener)
        expect(allegiance.admit(stranger, as: .listener), .admitted)
        allegiance.leave(.listener)
        expect(allegiance.admit(old, as: .listener), .admitted)
    }

    @Test("a system that does not tell its name is told by its database alone")
    mutating func nameless() {
        let nameless = ServerIdentity(system: nil, database: "5", timeline: 1)
        expect(allegiance.admit(nameless, as: .listener), .admitted)
        expect(allegiance.admit(nameless, as: .poster), .admitted)
    }
}

import HistoryChecker
import TestSupport
import Testing
import Threads

/// A stranger notifies of what the server did not check.
@Suite("Faults of bytes that are no text", .serialized)
struct EncodingFaults {
    @Test(
        "fault 26: whatever bytes psql notifies of, the listener stays connected, and its readers have them as they are",
        arguments: DatabaseEncoding.allCases)
    func fault26(_ encoding: DatabaseEncoding) async throws {
        let stage = try await offPool { try FaultStage(encoding: encoding, hasStranger: true) }
        let name = "poison bytes by psql, \(encoding.rawValue)"
        let (_, course) = try await FaultRun(26, name, recoversWithin: .seconds(2)).run(on: stage) { stage in
            let listener = try stage.backend("trunkline listener")
            let follower = try Follower(stage.server, "poison")
            // Each as PostgreSQL keeps it, and as a reader must have it: in UTF-8, or as it is where it is no text.
            let poisons = Self.poisons(in: encoding)
            try stage.wire.notify(poisons.map(\.kept), on: "poison")
            // A name that no parameter can carry.
            try stage.wire.notify([Array("x".utf8)], on: "\\x01 ' \" \\\\")
            try stage.wire.notify([Array("end".utf8)], on: "poison")
            #expect(try follower.readBytes(through: Array("end".utf8)).dropLast() == poisons.map(\.delivered)[...])
            #expect(try stage.backend("trunkline listener") == listener)
        }
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
    }

    private typealias Poison = (kept: [UInt8], delivered: [UInt8])

    private static func poisons(in encoding: DatabaseEncoding) -> [Poison] {
        let same: ([UInt8]) -> Poison = { ($0, $0) }
        switch encoding {
        case .utf8:
            let scalars = (1...0x2FF).map { UInt32($0) } + [0x2028, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10FFFF]
            return scalars.compactMap { Unicode.Scalar($0) }.map { same(Array(String($0).utf8)) }
        case .sqlASCII:
            return (1...255).map { same([$0]) } + [[0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]].map(same)
        case .latin1:
            return (1...255).map { byte in ([byte], Array(String(Unicode.Scalar(byte)).utf8)) }
        case .windows1252:
            // Where it is like LATIN1; and the Euro; and the five bytes that mean nothing.
            let alike = (1...127).map { UInt8($0) } + (0xA0...0xFF).map { UInt8($0) }
            return alike.map { byte in ([byte], Array(String(Unicode.Scalar(byte)).utf8)) } + [([0x80], Array("€".utf8))]
                + [0x81, 0x8D, 0x8F, 0x90, 0x9D].map { byte in ([byte], Array("\u{FFFD}".utf8)) }
        }
    }
}

extension WireStage {
    /// Notifies by psql, each in a transaction of its own.
    ///
    /// - Parameters:
    ///   - payloads: as the database keeps them, byte by byte.
    ///   - channel: written as in an `E''` string.
    func notify(_ payloads: [[UInt8]], on channel: String) throws {
        let name = channel.replacing("'", with: "''")
        let statements = payloads.map { payload in
            let bytes = payload.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "SELECT pg_notify(E'\(name)', E'\(bytes)');\n"
        }
        try cluster.psql(statements.joined(), database: database)
    }
}

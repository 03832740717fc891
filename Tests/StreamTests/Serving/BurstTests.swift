import TestSupport
import Testing

extension LoadTests {
    @Suite("A burst")
    struct BurstTests {
        static let notificationCount = 10_000
        static let streamCount = 100

        @Test("10,000 notifications of one transaction reach 100 streams of all formats whole and in order")
        func burst() async throws {
            try await offPool {
                let deployment = try Deployment()
                let streams = try (0..<Self.streamCount).map { number in
                    try BurstStream(BurstFormat.allCases[number % 4], of: deployment.server)
                }
                // The only channel of this server, so that the ids are known once the first is.
                let start = try #require(streams.compactMap(\.start).first)
                let expected = BurstFormat.allCases.map { ExpectedBytes($0, after: start) }
                let clock = ContinuousClock()
                let begin = clock.now
                try deployment.psql(
                    "SELECT pg_notify('burst', n::text) FROM generate_series(1, \(Self.notificationCount)) n")
                let committed = clock.now
                let faults = try atOnce(Self.streamCount) { number in
                    try expected[number % 4].fault(in: streams[number])
                }
                print("10,000 notifications to 100 streams: \(clock.now - committed) after COMMIT, \(committed - begin) before")
                #expect(faults.compactMap { $0 } == [])
            }
        }
    }
}

/// One stream that listens.
private struct BurstStream: Sendable {
    let connection: RawConnection
    /// Where it begins, if its format tells.
    let start: Substring?

    init(_ format: BurstFormat, of server: ServerProcess) throws {
        let body = try server.stream("/wait?channel=burst&\(format.query)", patience: .seconds(90))
        connection = body.connection
        // What stands before the first notification is one write, so one chunk; in text there is nothing.
        let prologue = format == .lines ? [] : try body.next() ?? []
        start = String(decoding: prologue, as: UTF8.self).firstMatch(of: #/[0-9a-z]+\.[0-9]+/#)?.0
    }
}

/// The four ways to write a stream.
private enum BurstFormat: CaseIterable {
    case lines, objects, events, objectEvents

    var query: String {
        switch self {
        case .lines: "mode=stream"
        case .objects: "mode=stream&format=json"
        case .events: "mode=sse"
        case .objectEvents: "mode=sse&format=json"
        }
    }

    /// What stands before the payload, and after it; `$` is a digit of the time.
    func frame(id: String) -> (before: String, after: String) {
        let object = (
            "{\"type\":\"notification\",\"id\":\"\(id)\",\"channel\":\"burst\",\"payload\":\"",
            "\",\"time\":\"$$$$-$$-$$T$$:$$:$$.$$$Z\"}\n"
        )
        return switch self {
        case .lines: ("", "\n")
        case .objects: object
        case .events: ("id: \(id)\ndata: ", "\n\n")
        case .objectEvents: ("id: \(id)\ndata: " + object.0, object.1 + "\n")
        }
    }
}

/// All bytes of a stream, which are known but for the time.
private struct ExpectedBytes: Sendable {
    private(set) var bytes: [UInt8] = []
    private var unknown: [Int] = []

    init(_ format: BurstFormat, after start: Substring) {
        let parts = start.split(separator: ".")
        let position = Int(parts[1]) ?? 0
        for number in 1...LoadTests.BurstTests.notificationCount {
            let frame = format.frame(id: "\(parts[0]).\(position + number)")
            bytes += Array("\(frame.before)\(number)".utf8)
            for byte in frame.after.utf8 {
                if byte == UInt8(ascii: "$") { unknown.append(bytes.count) }
                bytes.append(byte)
            }
        }
    }

    /// What is wrong with what a stream reads; `nil` if all is there and in order.
    func fault(in stream: BurstStream) throws -> String? {
        var received: [UInt8] = []
        received.reserveCapacity(bytes.count)
        while received.count < bytes.count, let chunk = try stream.connection.readChunk() { received += chunk }
        guard received.count == bytes.count else { return "\(received.count) bytes of \(bytes.count)" }
        for place in unknown { received[place] = UInt8(ascii: "$") }
        if received == bytes { return nil }
        let place = zip(received, bytes).prefix { $0 == $1 }.count
        return "differs at byte \(place): \(String(decoding: received[place...].prefix(200), as: UTF8.self))"
    }
}

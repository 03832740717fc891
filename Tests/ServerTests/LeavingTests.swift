import TestSupport
import Testing

@Suite("Clients that leave")
struct LeavingTests {
    /// How a client can go.
    enum Departure: CaseIterable {
        case close
        case reset
        case halfClose

        func callAsFunction(_ connection: RawConnection) throws {
            switch self {
            case .close: connection.close()
            case .reset: try connection.reset()
            case .halfClose: try connection.closeSending()
            }
        }
    }

    @Test("a client that leaves while it is held is forgotten within a second", arguments: Departure.allCases)
    func leavesWhileHeld(departure: Departure) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let channel = "left_by_\(departure)"
            let waiters = try server.hold(20, on: channel)
            for waiter in waiters { try departure(waiter) }
            // Five times what is promised, for a machine that has more to do.
            let time = try server.waitUntilLeft(channel, within: .seconds(5))
            print("20 clients that left by \(departure) were forgotten after \(time)")
            if departure == .halfClose {
                // It counts as gone, so it gets no answer but the end.
                for waiter in waiters { #expect(try waiter.readToEnd().isEmpty) }
            }
        }
    }

    @Test("10,000 clients that leave while they are being woken leave nothing behind")
    func leavesWhileWoken() async throws {
        try await offPool {
            let deployment = try Deployment(["--linger", "0"])
            let server = deployment.server
            var generator = SplitMix64()
            try server.post("warm", to: "up")
            let descriptors = try server.openDescriptors
            for round in 0..<20 {
                let channel = "woken\(round % 3)"
                let waiters = try server.hold(500, on: channel)
                let before = try waiters.prefix(.random(in: 0...500, using: &generator))
                    .map { waiter in try Departure.close(waiter) }.count
                try server.post("wake up", to: channel)
                for (number, waiter) in waiters.enumerated().dropFirst(before) {
                    // A reset leaves no connection behind in the kernel, which has no room for 10,000 of them.
                    try (number.isMultiple(of: 4) ? Departure.close : .reset)(waiter)
                }
            }
            for channel in ["woken0", "woken1", "woken2"] { _ = try server.waitUntilLeft(channel) }
            let waiter = try server.hold(1, on: "after_all")[0]
            try server.post("still here", to: "after_all")
            #expect(try waiter.readResponse().text == "still here\n", "\(generator)")
            waiter.close()
            try blockUntil("descriptors are back to \(descriptors)") { try server.openDescriptors <= descriptors }
            try blockUntil("nothing is listened to") { try server.channels().isEmpty }
        }
    }

    @Test("the last waiter leaves as a new one comes, 1,000 times: the new one is never deaf")
    func lastLeavesAsNewComes() async throws {
        try await offPool {
            let deployment = try Deployment(["--linger", "0"])
            let server = deployment.server
            var generator = SplitMix64()
            let posts = try server.connect(patience: .seconds(20))
            var last = try server.hold(1, on: "handover")[0]
            for number in 0..<1_000 {
                let next = try server.connect(patience: .seconds(20))
                let isAsked = number.isMultiple(of: 10)
                // A channel of its own tells it from the last one, which may still be counted.
                let target = "/wait?channel=handover" + (isAsked ? "&channel=mark\(number)" : "")
                if Bool.random(using: &generator) {
                    try last.reset()
                    try next.sendRequest("GET", target)
                } else {
                    try next.sendRequest("GET", target)
                    try last.reset()
                }
                if isAsked {
                    try server.waitUntilHeld(1, on: "mark\(number)")
                    try blockUntil("the channel is listened to") { try server.facts(of: "handover")?.listening == true }
                    try posts.sendRequest("POST", "/post?channel=handover", body: Array("\(number)".utf8))
                    #expect(try posts.readResponse().status == 200)
                    #expect(try next.readResponse().text == "\(number)\n", "\(generator)")
                }
                last = next
            }
            try server.waitUntilHeld(1, on: "handover")
        }
    }

    @Test("when all have gone, waiters, descriptors and LISTENs are what they were")
    func baseline() async throws {
        try await offPool {
            let deployment = try Deployment(["--linger", "0"])
            let server = deployment.server
            try server.post("warm", to: "up")
            let descriptors = try server.openDescriptors
            let threads = try server.threadCount
            let waiters = try (0..<600).map { try server.wait("/wait?channel=a\($0 % 200)&channel=b&timeout=600") }
            try server.waitUntilHeld(600, on: "b")
            #expect(try server.channels().count == 201)
            #expect(try server.openDescriptors >= 600)
            #expect(try server.threadCount == threads, "a held request is no thread")
            for (number, waiter) in waiters.enumerated() { try Departure.allCases[number % 3](waiter) }
            try blockUntil("no channel is left") { try server.channels().isEmpty }
            for waiter in waiters { waiter.close() }
            try blockUntil("descriptors are back to \(descriptors)") { try server.openDescriptors <= descriptors }
            // The session itself would still hear of it.
            let session = try PsqlSession(deployment.cluster, database: deployment.database)
            try session.run("NOTIFY a1; NOTIFY b;")
            #expect(try server.channels().isEmpty)
        }
    }

    @Test("a client that leaves before its post is answered has posted it once or not at all")
    func leavesAfterPosting() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "posted_and_left")
            for number in 0..<50 {
                let connection = try deployment.server.connect()
                try connection.sendRequest("POST", "/post?channel=posted_and_left", body: Array("\(number)".utf8))
                try Departure.allCases[number % 3](connection)
            }
            try deployment.server.post("last", to: "posted_and_left")
            let heard = try listener.payloads(until: "last").map { String(decoding: $0, as: UTF8.self) }
            #expect(Set(heard).count == heard.count)
            #expect(Set(heard).isSubset(of: (0..<50).map(String.init)))
        }
    }
}

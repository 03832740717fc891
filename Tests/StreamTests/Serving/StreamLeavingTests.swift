import TestSupport
import Testing

extension LoadTests {
    @Suite("Clients that leave a stream")
    struct StreamLeavingTests {
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

        @Test("one that leaves while nothing comes is freed within a second", arguments: Departure.allCases)
        func idle(departure: Departure) async throws {
            try await offPool {
                let server = try Deployment().server
                let channel = "left_idle_\(departure)"
                let streams = try (0..<20).map { _ in try server.events("channel=\(channel)").body.connection }
                let descriptors = try server.openDescriptors
                for stream in streams { try departure(stream) }
                // Five times what is promised, for a machine that has more to do.
                let time = try server.waitUntilLeft(channel, within: .seconds(5))
                print("20 idle streams that left by \(departure) were freed after \(time)")
                try blockUntil("the descriptors are given back", within: .seconds(5)) {
                    try server.openDescriptors <= descriptors - 20
                }
            }
        }

        @Test("one that leaves in the middle of a frame, while the server cannot write, too", arguments: Departure.allCases)
        func midFrame(departure: Departure) async throws {
            try await offPool {
                let deployment = try Deployment()
                let server = deployment.server
                let channel = "left_blocked_\(departure)"
                let streams = try (0..<5).map { _ in
                    try server.events("channel=\(channel)", receiveBuffer: 4_096).body.connection
                }
                try deployment.flood(channel)
                let descriptors = try server.openDescriptors
                for stream in streams { try departure(stream) }
                let time = try server.waitUntilLeft(channel, within: .seconds(5))
                print("5 blocked streams that left by \(departure) were freed after \(time)")
                try blockUntil("the descriptors are given back", within: .seconds(5)) {
                    try server.openDescriptors <= descriptors - 5
                }
            }
        }

        @Test("2,000 streams that leave while they are written to leave nothing behind")
        func whileWritten() async throws {
            try await offPool {
                let deployment = try Deployment(["--linger", "0"])
                let server = deployment.server
                var generator = SplitMix64()
                try server.post("warm", to: "up")
                let descriptors = try server.openDescriptors
                for round in 0..<10 {
                    let channel = "written\(round % 3)"
                    let query = ["mode=sse", "mode=stream", "mode=stream&format=json"][round % 3]
                    let streams = try (0..<200).map { _ in
                        try server.stream("/wait?channel=\(channel)&\(query)").connection
                    }
                    try deployment.psql("SELECT pg_notify('\(channel)', n::text) FROM generate_series(1, 50) n")
                    for stream in streams.shuffled(using: &generator) {
                        try (Departure.allCases.randomElement(using: &generator) ?? .reset)(stream)
                    }
                }
                try blockUntil("nothing is listened to, \(generator)") { try server.channels().isEmpty }
                try blockUntil("descriptors are back to \(descriptors)") { try server.openDescriptors <= descriptors }
                let reader = try server.events("channel=after_all")
                try server.post("still here", to: "after_all")
                #expect(try reader.next()?.text == "still here")
            }
        }
    }
}

extension Deployment {
    /// Notifies so much that no kernel takes all of it for a client that does not read, and waits until the server has it.
    ///
    /// - Returns: how many notifications there were; each begins with its number, from 1 on, and a blank.
    @discardableResult
    func flood(_ channel: String) throws -> Int {
        let count = 3_000
        let before = try server.facts(of: channel)?.position ?? 0
        try psql("SELECT pg_notify('\(channel)', n || ' ' || repeat('x', 7900)) FROM generate_series(1, \(count)) n")
        try blockUntil("the server has heard all", within: .seconds(30)) {
            try server.facts(of: channel).map { $0.position >= before + UInt64(count) } ?? false
        }
        return count
    }
}

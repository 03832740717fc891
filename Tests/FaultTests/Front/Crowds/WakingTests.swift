import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Very many clients")
    struct WakingTests {
        @Test("fault 45: 10,000 that wait on one channel are each answered once by a single post")
        func fault45() async throws {
            let bounds = Bounds(clientCount: 10_000)
            try await offPool { try Scene() }.play(45, "10,000 waiters on one channel", bounds) { scene in
                let server = scene.server
                let crowd = Crowd(port: server.port)
                var lines: [String] = []
                let request = RawConnection.bytes(ofRequest: "/wait?channel=wide")
                for round in 0..<3 {
                    if round == 0 {
                        try crowd.join(10_000) { _ in request }
                    } else {
                        crowd.forget()
                        for index in crowd.members.indices { crowd.send(request, from: index) }
                    }
                    try server.waitUntilHeld(10_000, on: "wide")
                    let posted = MonotonicInstant.now
                    try server.post("round \(round)", to: "wide")
                    let isDone = try crowd.read(within: .seconds(30)) { crowd in
                        crowd.members.allSatisfy { $0.received.suffix(8).elementsEqual("round \(round)\n".utf8) }
                    }
                    #expect(isDone)
                    let times = crowd.members.compactMap(\.answered).sorted()
                    #expect(times.count == 10_000)
                    #expect(crowd.members.allSatisfy { $0.received.matches(of: "HTTP/1.1 200") == 1 })
                    guard let first = times.first, let last = times.last else { continue }
                    lines.append("first after \((first - posted).milliseconds), last \((last - first).milliseconds) later")
                }
                crowd.leave()
                return lines.joined(separator: "; ")
            }
        }

        @Test(
            """
            fault 46: the listener's session is ended while 10,000 channels are listened to: all are listened to again within \
            2 s, and each reader is told of its gap once
            """)
        func fault46() async throws {
            let scene = try await offPool { try Scene(["--max-channels", "10100"], on: PostgresCluster()) }
            let bounds = Bounds(gapReasons: ["reconnected"])
            try await scene.play(46, "10,000 channels, listener ended", bounds) { scene in
                let streams = try (0..<100).map { stream in
                    let names = (0..<100).map { "channel=many_\(stream)_\($0)" }.joined(separator: "&")
                    return try EventStream(names, at: scene.server, patience: .seconds(30))
                }
                let start = MonotonicInstant.now
                try scene.cluster.terminateBackend(applicationName: "trunkline listener")
                var told: [MonotonicInstant] = []
                for stream in streams {
                    var channels: Set<Substring> = []
                    while channels.count < 100 {
                        let event = try #require(try stream.next())
                        #expect(event.type == "gap")
                        let names = event.data.matches(of: #/many_[0-9]+_[0-9]+/#).map(\.output)
                        #expect(channels.isDisjoint(with: names), "a gap is told once")
                        channels.formUnion(names)
                    }
                    told.append(.now)
                }
                let time = (told.last ?? start) - start
                #expect(time < .seconds(10))
                for (number, stream) in streams.enumerated() {
                    try scene.server.post("x", to: "many_\(number)_99")
                    #expect(try stream.next()?.data.contains("\"payload\":\"x\"") == true)
                    try stream.connection.reset()
                }
                return "all listened to and told again after \(time.inSeconds) s; promised are 2 s"
            }
        }

        @Test(
            """
            fault 46: of 10,000 channels with a stream each: all are listened to within 2 s of the last connect, and again within \
            2 s of the listener's end, of which each is told once
            """)
        func fault46OfOneEach() async throws {
            let scene = try await offPool { try Scene(["--max-channels", "10100"], on: PostgresCluster()) }
            let bounds = Bounds(gapReasons: ["reconnected"], clientCount: 10_000)
            try await scene.play(46, "10,000 channels, a reader each", bounds) { scene in
                let crowd = Crowd(port: scene.server.port)
                try crowd.join(10_000) { RawConnection.bytes(ofRequest: "/wait?channel=each_\($0)&mode=sse") }
                let joined = MonotonicInstant.now
                // Its head comes when its channel is listened to.
                let areArmed = try crowd.read(within: .seconds(30)) { $0.members.allSatisfy { $0.answered != nil } }
                let arming = MonotonicInstant.now - joined
                #expect(areArmed && crowd.members.allSatisfy { $0.status == 200 })
                // The first lines may come after the head, and are no part of what is told next.
                let haveBegun = try crowd.read(within: .seconds(5)) { crowd in
                    crowd.members.allSatisfy { $0.received.matches(of: ": listening") == 1 }
                }
                #expect(haveBegun)
                crowd.forget()
                let cut = MonotonicInstant.now
                try scene.cluster.terminateBackend(applicationName: "trunkline listener")
                // More than heartbeats come to.
                let areTold = try crowd.read(within: .seconds(30)) { $0.members.allSatisfy { $0.received.count > 60 } }
                let rearming = MonotonicInstant.now - cut
                #expect(areTold && crowd.members.allSatisfy { $0.received.matches(of: "event: gap") == 1 })
                #expect(max(arming, rearming) < .seconds(10))
                crowd.leave()
                return """
                    listened to \(arming.inSeconds) s after the last connect, again \(rearming.inSeconds) s after the end; promised are \
                    2 s each
                    """
            }
        }
    }
}

extension [UInt8] {
    /// How often a text stands in it.
    fileprivate func matches(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: Array(text.utf8)) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}

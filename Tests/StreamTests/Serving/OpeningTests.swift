import TestSupport
import Testing

@Suite("How a stream begins")
struct OpeningTests {
    @Test("who has seen the headers misses nothing that is posted from then on: 300 fresh channels")
    func headersMeanListening() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let missed = try atOnce(3) { kind in
                let stranger = try PsqlSession(deployment.cluster, database: deployment.database)
                return try (0..<100).filter { number in
                    let channel = "fresh_\(kind)_\(number)"
                    let query = ["mode=stream", "mode=stream&format=json", "mode=sse"][kind]
                    let body = try deployment.server.stream("/wait?\(query)&channel=\(channel)")
                    // From outside, at once: nothing of the stream but its head was read.
                    try stranger.run("NOTIFY \(channel), 'right after'")
                    var text = ""
                    while !text.contains("right after"), let chunk = try body.next() {
                        text += String(decoding: chunk, as: UTF8.self)
                    }
                    return !text.contains("right after")
                }.count
            }
            #expect(missed == [0, 0, 0])
        }
    }

    @Test("headers of every answer keep caches and proxies from holding it back")
    func fields() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for query in ["mode=stream", "mode=stream&format=json", "mode=sse", "mode=sse&format=json"] {
                let head = try server.stream("/wait?channel=fields&\(query)").head
                expectUnbuffered(head)
            }
            expectUnbuffered(try server.request("GET", "/wait?channel=fields&mode=sse&format=raw"))
        }
    }

    private func expectUnbuffered(_ head: RawResponse) {
        #expect(head["Cache-Control"] == "no-store, no-transform")
        #expect(head["X-Accel-Buffering"] == "no")
        #expect(head["X-Content-Type-Options"] == "nosniff")
    }

    @Test("the first lines of an event stream: retry, priming id, what it listens to")
    func prologue() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let reader = try server.events("channel=prologue&channel=a%20b%0A%3A")
            #expect(reader.parser.comments == [" listening prologue a%20b%0A%3A"])
            #expect(reader.parser.lastEventID.wholeMatch(of: #/[0-9a-z]{1,13}\.[0-9]+/#) != nil)
            // The priming id is a point to go on from: what comes now comes after it.
            try server.post("first", to: "prologue")
            let resumed = try server.events("channel=prologue&channel=a%20b%0A%3A&since=\(reader.parser.lastEventID)")
            #expect(resumed.parser.lastEventID == reader.parser.lastEventID)
            #expect(try StreamObject(resumed.next(1)[0].data).payload == "first")
        }
    }

    @Test("the retry of each stream is its own, between one and three seconds")
    func retry() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let values = try (0..<30).map { _ in try server.events("channel=jitter").parser.retryMilliseconds ?? 0 }
            #expect(values.allSatisfy { 1_000...3_000 ~= $0 }, "\(values)")
            #expect(Set(values).count > 20, "\(values)")
        }
    }

    @Test("a JSON stream says first what it listens to, and from where")
    func listeningLine() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let reader = try server.lines("format=json&channel=first%22&channel=second")
            let listening = try reader.object()
            #expect(listening.type == "listening")
            #expect(listening.channels == ["first\"", "second"])
            try server.post("x", to: "second")
            let resumed = try server.lines("format=json&channel=second&since=\(try #require(listening.cursor))")
            #expect(try resumed.object().cursor == listening.cursor)
            #expect(try resumed.object().payload == "x")
        }
    }

    @Test("no LISTEN confirmed within 15 s: event streams are asked to come back, others get a 503")
    func notConfirmed() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let server = deployment.server
            try deployment.cluster.stop(.immediate)
            let answers = try atOnce(3) { index in
                let query = ["mode=sse", "mode=stream", "mode=stream&format=json"][index]
                var response: RawResponse?
                let time = try elapsed {
                    response = try server.request("GET", "/wait?channel=out&\(query)", patience: .seconds(30))
                }
                return (response, time)
            }
            for (_, time) in answers { #expect((.milliseconds(14_500)...(.seconds(18))).contains(time), "\(time)") }
            expectComeBack(answers[0].0)
            for (response, _) in answers.dropFirst() {
                #expect(response?.status == 503)
                #expect(response?["Retry-After"] != nil)
                #expect(response?["Cache-Control"] == "no-store, no-transform")
            }
            try deployment.cluster.start()
            try server.waitUntilReady()
            let reader = try server.events("channel=out")
            try server.post("back", to: "out")
            #expect(try reader.next()?.text == "back")
        }
    }

    @Test("a timeout below 15 s also ends the wait for the LISTEN")
    func notConfirmedInTime() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            try deployment.cluster.stop(.immediate)
            var response: RawResponse?
            let time = try elapsed { response = try deployment.server.request("GET", "/wait?channel=out&mode=sse&timeout=0.5") }
            expectComeBack(response)
            #expect(time < .seconds(5))
        }
    }
}

/// An `EventSource` gives up for good on anything but 200, so this is how it is told to come back later.
func expectComeBack(_ response: RawResponse?, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(response?.status == 200, sourceLocation: sourceLocation)
    #expect(response?["Content-Type"] == "text/event-stream", sourceLocation: sourceLocation)
    #expect(response?["Connection"]?.lowercased() == "close", sourceLocation: sourceLocation)
    var parser = EventStreamParser()
    let events = parser.push(response?.body ?? [])
    #expect(events.isEmpty, sourceLocation: sourceLocation)
    #expect(1_000...3_000 ~= parser.retryMilliseconds ?? 0, sourceLocation: sourceLocation)
    #expect(parser.faults.isEmpty && parser.isAtBlockEnd && parser.lastEventID.isEmpty, sourceLocation: sourceLocation)
}

import Foundation
import TestSupport
import Testing

@Suite("Any payload, through PostgreSQL and back")
struct AnyPayloadTests {
    @Test("payloads and names that try to break out are data and nothing else")
    func hostile() async throws {
        try await offPool {
            let payloads = HostilePayloads.all.map { Array($0.utf8) }
            try follow(payloads, on: "x\r\n\r\ndata: y", in: Deployment.shared)
        }
    }

    @Test("300 random texts come out as they went in, but for the line ends of server-sent events")
    func randomText() async throws {
        try await offPool {
            var generator = SplitMix64()
            let payloads = (0..<300).map { _ in
                // Repaired it can be three times as long, so it is cut where a character ends.
                Array(String(decoding: HostilePayloads.random(using: &generator).prefix(2_600), as: UTF8.self).utf8)
            }
            try follow(payloads, on: "random", in: Deployment.shared, note: "\(generator)")
        }
    }

    @Test("300 times random bytes, in a database of no encoding: exact in JSON, with U+FFFD where they are no UTF-8")
    func randomBytes() async throws {
        try await offPool {
            var generator = SplitMix64()
            let payloads = (0..<300).map { _ in HostilePayloads.random(using: &generator) }
            try follow(payloads, on: "random", in: Deployment(encoding: .sqlASCII), note: "\(generator)")
        }
    }

    /// Posts all payloads in order and expects them from streams of all formats.
    private func follow(_ payloads: [[UInt8]], on channel: String, in deployment: Deployment, note: Comment = "") throws {
        let server = deployment.server
        let query = "channel=\(String(percentEncoding: channel.utf8))"
        let events = try server.events(query)
        let objectEvents = try server.events("format=json&\(query)")
        let objects = try server.lines("format=json&\(query)")
        _ = try objects.object()
        let text = try server.lines(query)
        let posts = try server.connect(patience: .seconds(30))
        for payload in payloads {
            try posts.sendRequest("POST", "/post?\(query)", body: payload)
            let answer = try posts.readResponse()
            guard answer.status == 200 else { throw TestSupportError("\(answer.text) \(payload)") }
        }
        var lastID = ""
        for payload in payloads {
            let repaired = Array(String(decoding: payload, as: UTF8.self).utf8)
            let event = try events.next(1)[0]
            #expect(event.type == "message")
            #expect(event.data == payload.asEventData, note)
            #expect(event.lastEventID != lastID)
            lastID = event.lastEventID
            for object in [try StreamObject(objectEvents.next(1)[0].data), try objects.object()] {
                #expect(object.id == lastID)
                #expect(object.channel?.utf8.elementsEqual(channel.utf8) == true)
                #expect(exact(object) == payload, note)
            }
            var lines = try text.nextBytes() ?? []
            // A payload of several lines is several lines here.
            for _ in 0..<repaired.count(where: { $0 == UInt8(ascii: "\n") }) {
                lines += [UInt8(ascii: "\n")] + (try text.nextBytes() ?? [])
            }
            #expect(lines == repaired, note)
        }
    }

    private func exact(_ object: StreamObject) -> [UInt8]? {
        if let payload = object.payload { return Array(payload.utf8) }
        return object.payloadBase64.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
}

import MicroHTTPD
import Testing

@testable import TrunklineHTTP

@Suite("Hostile input")
struct HostileInputTests {
    private static let pieces = [
        "channel=", "payload=", "since=", "timeout=", "limit=", "mode=sse", "format=json", "a", "1", "&", "=", "+", "%", "%0",
        "%00", "%41", "%zz", ";",
        "?", "/", "#", "\"", "\\", "\\u", "\\ud83d", "{", "}", ":", ",", "\n", "\r\n", "\0", "ä", "🐘", "\u{2028}", ".", "W/",
        "*", "q=", "q=0", "[", "]", "::1",
    ]

    private func request(_ generator: inout SeededGenerator) -> Request {
        func junk(_ generator: inout SeededGenerator) -> String {
            (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in Self.pieces.randomElement(using: &generator) }
                .joined()
        }
        var target = Array((["/wait?", "/post?", "/post", "/", "http://", ""].randomElement(using: &generator) ?? "").utf8)
        target += junk(&generator).utf8
        if Bool.random(using: &generator) { target.append(UInt8.random(in: .min ... .max, using: &generator)) }
        let type =
            ["application/x-ndjson", "application/x-www-form-urlencoded", junk(&generator)].randomElement(using: &generator)
            ?? ""
        let names = ["Host", "Accept", "If-None-Match", "Last-Event-ID", "Origin", "Content-Encoding", "Content-Length"]
        let headers = names.filter { _ in Bool.random(using: &generator) }
            .map { Request.HeaderField(name: $0, value: junk(&generator)) }
        return Request(
            method: ["GET", "POST", "OPTIONS"].randomElement(using: &generator) ?? "GET", target: target,
            headers: headers + [Request.HeaderField(name: "Content-Type", value: type)], body: Array(junk(&generator).utf8))
    }

    @Test("is taken, or refused in one short printable line with a status of the contract", arguments: UInt64(1)...4)
    func refusals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let site = ForeignSiteGuard(listensOnLoopbackOnly: true, allowedHosts: [])
        var refusedCount = 0
        for _ in 0..<5_000 {
            let request = request(&generator)
            let failures = [
                refusal { () throws(RequestFailure) in try WaitParameters(request, request.parsedTarget()) },
                refusal { () throws(RequestFailure) in try PostParameters(request, request.parsedTarget()) },
                refusal { () throws(RequestFailure) in try site.check(request, request.parsedTarget()) },
                refusal { () throws(RequestFailure) in try Route(method: request.method, request.parsedTarget()) },
            ]
            for failure in failures.compactMap({ $0 }) {
                refusedCount += 1
                #expect([400, 403, 404, 405, 413, 415, 422].contains(failure.status.code))
                #expect(failure.detail.utf8.count < 400 && !failure.detail.contains(where: \.isNewline))
                #expect(failure.detail.unicodeScalars.allSatisfy { $0.isASCII || $0 == "–" })
                #expect((failure.parameter ?? "").utf8.allSatisfy { 0x21..<0x7F ~= $0 })
            }
        }
        #expect(refusedCount > 5_000, "most of it is bad")
    }

    @Test("of the same head is refused before the body as it is with it", arguments: UInt64(11)...14)
    func earlyDecision(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let request = request(&generator)
            let late = refusal { () throws(RequestFailure) in try PostParameters(request, request.parsedTarget()) }
            let early = refusal { () throws(RequestFailure) in
                let target = try request.parsedTarget()
                if let failure = PostParameters.refusal(beforeBody: request, target) { throw failure }
            }
            if let early { #expect(late?.detail == early.detail) }
        }
    }
}

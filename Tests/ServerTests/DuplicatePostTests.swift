import TestSupport
import Testing

@Suite("Posts that are the same to the letter")
struct DuplicatePostTests {
    /// How a thousand posts went.
    struct Count: Sendable, Equatable {
        var same = 0
        var others = 0
    }

    @Test("1,000 of them on 32 connections at once, mixed with others, are heard as often as they were answered with 200")
    func concurrent() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            let listener = try deployment.listener(on: "same32")
            let counts = try atOnce(32) { index in
                let connection = try server.connect(patience: .seconds(30))
                var count = Count()
                for number in 0..<(index < 8 ? 32 : 31) {
                    try connection.sendRequest("POST", "/post?channel=same32", body: Array("same".utf8))
                    if try connection.readResponse().status == 200 { count.same += 1 }
                    guard number.isMultiple(of: 4) else { continue }
                    try connection.sendRequest("GET", "/post?channel=same32&payload=\(index).\(number)")
                    if try connection.readResponse().status == 200 { count.others += 1 }
                }
                return count
            }
            try server.post("last", to: "same32")
            let heard = try listener.payloads(until: "last")
            let same = counts.reduce(0) { $0 + $1.same }
            #expect(same == 1_000)
            #expect(heard.count { $0 == Array("same".utf8) } == same)
            #expect(heard.count == same + counts.reduce(0) { $0 + $1.others })
            #expect(Set(heard).count == heard.count - same + 1)
        }
    }

    @Test("1,000 of them pipelined on one connection, mixed with others, are heard as often as they were answered with 200")
    func pipelined() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "pipelined")
            let connection = try deployment.server.connect(patience: .seconds(30))
            let same = RawConnection.bytes(ofRequest: "POST", "/post?channel=pipelined", body: Array("same".utf8))
            var requests: [[UInt8]] = []
            for number in 0..<1_000 {
                requests.append(same)
                if number.isMultiple(of: 10) {
                    requests.append(RawConnection.bytes(ofRequest: "/post?channel=pipelined&payload=\(number)"))
                }
            }
            let all = requests
            // The answers are read while the requests are sent, as neither side may wait for the other.
            let statuses = try atOnce(2) { index -> [Int] in
                if index == 0 {
                    try connection.send(all.flatMap { $0 })
                    return []
                }
                return try all.map { _ in try connection.readResponse().status }
            }[1]
            try deployment.server.post("last", to: "pipelined")
            let heard = try listener.payloads(until: "last")
            #expect(statuses.count { $0 == 200 } == 1_100)
            #expect(heard.count == 1_100)
            #expect(heard.filter { $0 != Array("same".utf8) } == (0..<100).map { Array("\($0 * 10)".utf8) }, "in their order")
        }
    }

    @Test("one channel in two of them and a post to both: each is heard by everybody it is for")
    func overlapping() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            let listener = try deployment.listener(on: "overlap1", "overlap2")
            let targets = ["channel=overlap1", "channel=overlap1&channel=overlap2", "channel=overlap2&channel=overlap1"]
            let counts = try atOnce(24) { index in
                let connection = try server.connect(patience: .seconds(30))
                return try (0..<10).count { _ in
                    try connection.sendRequest("POST", "/post?\(targets[index % 3])", body: Array("x".utf8))
                    return try connection.readResponse().status == 200
                }
            }
            #expect(counts.reduce(0, +) == 240)
            try server.post("last", to: "overlap1")
            // 80 posts to one channel, 160 to two.
            #expect(try listener.payloads(until: "last").count == 80 + 2 * 160)
        }
    }

    @Test("one bad post among good ones at once harms none of them")
    func badOne() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            let listener = try deployment.listener(on: "good")
            let bad = [
                "/post?channel=good&payload=%00", "/post?channel=good%00&payload=x", "/post?channel=good&payload=%FF",
                "/post?channel=good&payload=\(String(repeating: "x", count: 8_000))",
            ]
            let statuses = try atOnce(16) { index in
                let connection = try server.connect(patience: .seconds(30))
                return try (0..<20).map { number in
                    let target = index < 4 ? bad[index] : "/post?channel=good&payload=\(index).\(number)"
                    try connection.sendRequest("GET", target)
                    return try connection.readResponse().status
                }
            }
            #expect(statuses[0..<4].map { Set($0) } == [[422], [422], [422], [413]])
            #expect(statuses[4...].allSatisfy { $0.allSatisfy { $0 == 200 } })
            try server.post("last", to: "good")
            #expect(try listener.payloads(until: "last").count == 240)
        }
    }
}

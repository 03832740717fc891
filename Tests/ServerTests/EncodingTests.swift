import TestSupport
import Testing

@Suite("Databases of other encodings")
struct EncodingTests {
    @Test("LATIN1: text goes in and out as UTF-8, a stranger sees LATIN1, and the limits are those of LATIN1")
    func latin1() async throws {
        try await offPool {
            let deployment = try Deployment(encoding: .latin1)
            let server = deployment.server
            // 63 characters, 126 bytes of UTF-8: as long as a name can be.
            let name = String(repeating: "ü", count: 63)
            let latin = [UInt8](repeating: 0xFC, count: 63)
            let conninfo = deployment.cluster.conninfo(database: deployment.database)
            let listener = try ForeignListener(conninfo, channels: [latin])
            let encoded = String(percentEncoding: name.utf8)
            let waiter = try server.wait("/wait?channel=\(encoded)")
            try server.waitUntilHeld(1, on: name)
            let payload = String(repeating: "é", count: 7_999)
            #expect(try server.request("POST", "/post?channel=\(encoded)", body: Array(payload.utf8)).status == 200)
            let heard = try listener.next()
            #expect(heard.channel == latin)
            #expect(heard.payload == [UInt8](repeating: 0xE9, count: 7_999))
            let answer = try waiter.readResponse()
            #expect(answer.text == payload + "\n")
            #expect(answer["Trunkline-Channel"] == encoded)

            for (status, target, body) in [
                (413, "channel=a", payload + "é"), (422, "channel=a", "€"), (422, "channel=%E2%82%AC", "x"),
                (400, "channel=\(encoded)%C3%BC", "x"), (422, "channel=%C3", "x"),
            ] {
                let response = try server.request("POST", "/post?\(target)", body: Array(body.utf8))
                #expect(response.status == status, "\(target): \(response.text)")
            }
            #expect(try server.request("POST", "/post?channel=a", body: [0xE9]).status == 422)
        }
    }

    @Test("a name that the encoding lacks is a 422, while 100 other channels that are listened to notice nothing")
    func nameLacking() async throws {
        try await offPool {
            let deployment = try Deployment(encoding: .latin1)
            let server = deployment.server
            let waiters = try (0..<100).map { try server.wait("/wait?channel=other\($0)") }
            // Right among them, so that it shares their batch if there is one.
            let response = try server.request("/wait?channel=%E2%82%AC&channel=other1")
            #expect(response.status == 422, "\(response.text)")
            #expect(response["Retry-After"] == nil)
            try blockUntil("the others are held") {
                let channels = try server.channels()
                return channels.count == 100 && channels.allSatisfy { $0.readers == 1 && $0.listening }
            }
            #expect(waiters.areQuiet)
            for number in 0..<100 { try deployment.psql("NOTIFY other\(number), '\(number)'") }
            for (number, waiter) in waiters.enumerated() {
                let answer = try waiter.readResponse()
                #expect(answer.text == "\(number)\n")
                #expect(answer.count(of: "Trunkline-Gap") == 0, "the connection was never lost")
            }
        }
    }

    @Test("SQL_ASCII: any bytes but NUL, to the byte in raw, repaired in text")
    func sqlASCII() async throws {
        try await offPool {
            let deployment = try Deployment(encoding: .sqlASCII)
            let server = deployment.server
            let everyByte = (1...255).map { UInt8($0) }
            let name = [0xFF, 0xFE, 0x80] as [UInt8]
            let encoded = String(percentEncoding: name)
            let listener = try ForeignListener(
                deployment.cluster.conninfo(database: deployment.database), channels: [name])
            let raw = try server.wait("/wait?channel=\(encoded)&format=raw")
            let text = try server.wait("/wait?channel=\(encoded)")
            try server.waitUntilHeld(2, on: "\u{FFFD}\u{FFFD}\u{FFFD}")
            #expect(try server.request("POST", "/post?channel=\(encoded)", body: everyByte).status == 200)
            let heard = try listener.next()
            #expect(heard.channel == name)
            #expect(heard.payload == everyByte)
            let answer = try raw.readResponse()
            #expect(answer.body == everyByte)
            #expect(answer["Trunkline-Channel"] == "%FF%FE%80")
            #expect(try text.readResponse().text == String(decoding: everyByte, as: UTF8.self) + "\n")
        }
    }

    @Test("what a stranger's session notifies in bytes that are no UTF-8 ends no connection")
    func poison() async throws {
        try await offPool {
            let deployment = try Deployment(encoding: .sqlASCII)
            let waiter = try deployment.server.wait("/wait?channel=poison&format=raw")
            try deployment.server.waitUntilHeld(1, on: "poison")
            let bystander = try deployment.server.hold(1, on: "bystander")[0]
            try deployment.psql(#"SET client_encoding = SQL_ASCII; NOTIFY poison, E'\xff\xfe'"#)
            #expect(try waiter.readResponse().body == [0xFF, 0xFE])
            try deployment.psql("NOTIFY bystander, 'well'")
            let answer = try bystander.readResponse()
            #expect(answer.text == "well\n")
            #expect(answer.count(of: "Trunkline-Gap") == 0)
        }
    }
}

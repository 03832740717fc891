import TestSupport
import Testing

@Suite("Timeouts of polls")
struct TimeoutTests {
    @Test(
        "a poll is a 204 when its time is up, counted in seconds with decimals from its arrival",
        arguments: [("0.25", 0.25), ("1", 1), ("1.050", 1.05)])
    func timeUp(timeout: String, seconds: Double) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let (response, time) = try timed { try server.request("/wait?channel=quiet&timeout=\(timeout)") }
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
            #expect(response.count(of: "Content-Type") == 0)
            #expect(time >= .seconds(seconds))
            #expect(time < .seconds(seconds + 3), "\(timeout) s took \(time)")
        }
    }

    @Test("the clock starts when the request has arrived, not with the connection")
    func clockStartsAtArrival() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let connection = try server.connect()
            let bytes = RawConnection.bytes(ofRequest: "/wait?channel=late&timeout=0.5")
            try connection.send(Array(bytes.dropLast(2)))
            // The head is complete only after as much time as the poll may take.
            _ = try server.request("/wait?channel=later&timeout=0.6")
            let (answer, time) = try timed {
                try connection.send(Array(bytes.suffix(2)))
                return try connection.readResponse()
            }
            #expect(answer.status == 204)
            #expect(time >= .seconds(0.5))
        }
    }

    @Test("timeout=0 asks once: it answers as soon as the LISTEN is confirmed")
    func zero() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            // The channel is new, so a LISTEN is needed; and then it is there, so none is.
            for _ in 0..<2 {
                let (response, time) = try timed { try server.request("/wait?channel=asked_once&timeout=0") }
                #expect(response.status == 204)
                #expect(time < .seconds(1), "\(time)")
                #expect(try server.facts(of: "asked_once")?.listening == true)
            }
        }
    }

    @Test("a poll that is answered takes its time-out along")
    func answeredInTime() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let connection = try server.wait("/wait?channel=in_time&timeout=2")
            try server.waitUntilHeld(1, on: "in_time")
            try server.post("early", to: "in_time")
            #expect(try connection.readResponse().text == "early\n")
            // The next poll on the same connection has a time-out of its own.
            let (answer, time) = try timed {
                try connection.sendRequest("GET", "/wait?channel=in_time&timeout=2.5")
                return try connection.readResponse()
            }
            #expect(answer.status == 204)
            #expect(time >= .seconds(2.5))
        }
    }

    @Test(
        "a time-out that is none is a 400 that names it",
        arguments: ["-1", "86401", "", "abc", "1e3", "NaN", "0x10", "1,5", "%2B1", "86400.1", ".", " 1"])
    func badTimeout(value: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let encoded = value.replacing(" ", with: "%20")
            let response = try server.request("/wait?channel=bad_timeout&timeout=\(encoded)")
            #expect(response.status == 400, "\(value)")
            #expect(response.text.contains("timeout"))
        }
    }
}

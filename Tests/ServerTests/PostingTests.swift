import TestSupport
import Testing

@Suite("Posting")
struct PostingTests {
    /// One form of a request, and what a foreign session must hear of it.
    struct Form: CustomTestStringConvertible {
        let testDescription: String
        var method = "POST"
        var query = ""
        var fields: [String] = []
        var body: [UInt8]?
        let payload: [UInt8]

        init(
            _ description: String, method: String = "POST", _ query: String = "", _ fields: [String] = [],
            body: String? = nil, payload: String
        ) {
            testDescription = description
            self.method = method
            self.query = query
            self.fields = fields
            self.body = body.map { Array($0.utf8) }
            self.payload = Array(payload.utf8)
        }
    }

    private static let formType = "Content-Type: application/x-www-form-urlencoded"

    private static let longest = String(repeating: "x", count: 7_999)

    static let forms: [Form] = [
        Form("GET, all in the query", method: "GET", "?channel=forms&payload=b%20a+r", payload: "b a r"),
        Form("GET without a payload", method: "GET", "?channel=forms", payload: ""),
        Form("PUT, all in the query", method: "PUT", "?channel=forms&payload=bar", body: "", payload: "bar"),
        Form("POST with an empty payload in the query", "?channel=forms&payload=", body: "", payload: ""),
        Form("PUT of a body", method: "PUT", "?channel=forms", body: "bar", payload: "bar"),
        Form("a body without a type", "?channel=forms", body: "a=b&c+%20", payload: "a=b&c+%20"),
        Form("a body of curl -d", "?channel=forms", [formType], body: "channel=x&payload=y", payload: "channel=x&payload=y"),
        Form("a body of JSON", "?channel=forms", ["Content-Type: application/json"], body: #"{"a":1}"#, payload: #"{"a":1}"#),
        Form(
            "a body of lines of JSON", "?channel=forms", ["Content-Type: application/x-ndjson"], body: "{}\n{}\n",
            payload: "{}\n{}\n"),
        Form(
            "a body of any type", "?channel=forms", ["Content-Type: image/png"], body: "\u{1}\r\n\u{7F}",
            payload: "\u{1}\r\n\u{7F}"),
        Form("an empty body", "?channel=forms", body: "", payload: ""),
        Form("no body at all", "?channel=forms", payload: ""),
        Form("a form", "", [formType], body: "channel=forms&payload=b+%26", payload: "b &"),
        Form("a form of a charset", "", [formType + "; charset=UTF-8"], body: "payload=%C3%A4&channel=forms", payload: "ä"),
        Form("a form without a payload", "", [formType], body: "channel=forms", payload: ""),
        Form(
            "a batch of one line", "", ["Content-Type: application/x-ndjson"],
            body: #"{"channel":"forms","payload":"\u00e4\n"}"#, payload: "ä\n"),
        Form("the longest payload", "?channel=forms", body: longest, payload: longest),
        Form("a channel named twice", "?channel=forms&channel=forms", body: "once", payload: "once"),
    ]

    @Test("every form of a post reaches a foreign session to the byte, once", .serialized, arguments: forms)
    func form(_ form: Form) async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "forms")
            let response = try deployment.server.request(form.method, "/post\(form.query)", form.fields, body: form.body)
            #expect(response.status == 200, "\(response.text)")
            #expect(response.body.isEmpty)
            #expect(response["Content-Length"] == "0")
            #expect(try listener.next().payload == form.payload)
        }
    }

    @Test("a body in chunks is the payload as well")
    func chunks() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "chunked")
            let connection = try deployment.server.connect()
            try connection.send(
                "POST /post?channel=chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;note=x\r\nabc\r\n4\r\nd\r\ne\r\n0\r\n\r\n")
            #expect(try connection.readResponse().status == 200)
            #expect(try listener.next().payload == Array("abcd\r\ne".utf8))
        }
    }

    @Test("a payload goes to each channel that is named, in one transaction")
    func severalChannels() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "fan1", "fan2", "fan3")
            let response = try deployment.server.request(
                "GET", "/post?channel=fan3&payload=x&channel=fan1&channel=fan3&channel=fan2", ["Accept: application/json"])
            #expect(response.text == "{\"posted\":3}\n")
            #expect(response["Content-Type"] == "application/json")
            let channels = try (0..<3).map { _ in try String(decoding: listener.next().channel, as: UTF8.self) }
            #expect(channels == ["fan3", "fan1", "fan2"])
        }
    }

    @Test("a batch is posted in the order of its lines")
    func batch() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "batch1", "batch2")
            let lines = #"""
                {"channel":"batch1","payload":"a"}
                { "payload" : "\ud83d\ude00" , "channel" : "batch2" }

                {"channel":"batch1","payload":"b"}
                {"channel":"batch2"}
                """#
            let response = try deployment.server.request(
                "POST", "/post", ["Content-Type: application/x-ndjson", "Accept: application/json"], body: Array(lines.utf8))
            #expect(response.text == "{\"posted\":4}\n")
            let heard = try (0..<4).map { _ in
                let notification = try listener.next()
                return String(decoding: notification.channel + [UInt8(ascii: "=")] + notification.payload, as: UTF8.self)
            }
            #expect(heard == ["batch1=a", "batch2=😀", "batch1=b", "batch2="])
        }
    }

    @Test("a batch with one bad line posts nothing at all")
    func batchOrNothing() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "all_or_none")
            let good = #"{"channel":"all_or_none","payload":"good"}"#
            for (status, bad) in [
                (400, #"{"channel":"all_or_none","payload":1}"#), (422, #"{"channel":"all_or_none","payload":"\u0000"}"#),
                (422, good), (413, #"{"channel":"all_or_none","payload":"\#(String(repeating: "x", count: 8_000))"}"#),
                (400, #"{"channel":"\#(String(repeating: "x", count: 64))","payload":"x"}"#),
            ] {
                let response = try deployment.server.request(
                    "POST", "/post", ["Content-Type: application/x-ndjson"], body: Array("\(good)\n\(bad)\n".utf8))
                #expect(response.status == status, "\(bad): \(response.text)")
                // What depends on the database's encoding is found when the lines are no lines any more.
                let words = ["line 2", "lines 1 and 2", "PostgreSQL takes at most"]
                #expect(words.contains { response.text.contains($0) }, "\(response.text)")
            }
            try deployment.server.post("last", to: "all_or_none")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("identical lines of a batch are a 422 that names both")
    func identicalLines() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let line = #"{"channel":"identical","payload":"a"}"#
            let body = Array("\(line)\n{\"channel\":\"identical\",\"payload\":\"b\"}\n\(line)\n".utf8)
            let response = try server.request("POST", "/post", ["Content-Type: application/x-ndjson"], body: body)
            #expect(response.status == 422)
            #expect(response.text.contains("lines 1 and 3"), "\(response.text)")
        }
    }

    @Test("HEAD never posts")
    func head() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "heads")
            #expect(try deployment.server.request("HEAD", "/post?channel=heads&payload=x").status == 405)
            try deployment.server.post("last", to: "heads")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("GET can be switched off, and is then a 405 that names the others")
    func noGet() async throws {
        try await offPool {
            let deployment = try Deployment(["--allow-get-post", "false"])
            let response = try deployment.server.request("GET", "/post?channel=a&payload=b")
            #expect(response.status == 405)
            #expect(response["Allow"] == "POST, PUT")
            try deployment.server.post("x", to: "a")
        }
    }

    @Test("curl's own ways to post")
    func curl() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let url = deployment.server.url
            let listener = try deployment.listener(on: "curls")
            for arguments in [
                ["-d", "1", "\(url)/post?channel=curls"], ["--json", #"{"a":2}"#, "\(url)/post?channel=curls"],
                ["--data-binary", "@-", "\(url)/post?channel=curls"], ["-T", "-", "\(url)/post?channel=curls"],
                ["-d", "channel=curls", "-d", "payload=5", "\(url)/post"], ["\(url)/post?channel=curls&payload=6"],
                ["-G", "-d", "channel=curls", "--data-urlencode", "payload=7 &", "\(url)/post"],
            ] {
                // Who does not read its input may end before it is written.
                let input = arguments.contains { $0.hasSuffix("-") } ? Array("from\r\nstdin\n".utf8) : []
                let outcome = try Curl.run(["--fail-with-body"] + arguments, input: input)
                #expect(outcome.exit == .code(0), "\(arguments): \(outcome.text)\(outcome.errors)")
            }
            try deployment.server.post("last", to: "curls")
            let heard = try listener.payloads(until: "last").map { String(decoding: $0, as: UTF8.self) }
            // curl asks for JSON itself with --json.
            #expect(heard == ["1", #"{"a":2}"#, "from\r\nstdin\n", "from\r\nstdin\n", "5", "6", "7 &"])
        }
    }
}

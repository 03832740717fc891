import TestSupport
import Testing

@Suite("EventSource of a real browser", .serialized)
struct BrowserTests {
    /// A page that is open, and what it has reported.
    private struct Visit {
        let site: SiteProxy
        let browser: Chromium

        init(_ query: String, at server: ServerProcess) throws {
            site = try SiteProxy(
                to: server.port, page: PackageFiles.content(of: "Tests/StreamTests/Clients/Programs/page.html"))
            browser = try Chromium(opening: "\(site.url)/page?\(query)")
            try wait("the page is open", of: "open", count: 1)
        }

        /// Waits until there are so many events of a type, and returns these.
        @discardableResult
        func wait(_ what: String, of type: String, count: Int) throws -> [ReportedEvent] {
            var events: [ReportedEvent] = []
            do {
                try blockUntil(what, within: .seconds(40)) {
                    events = try self.events(type)
                    return events.count >= count
                }
            } catch let error as TestSupportError {
                throw TestSupportError("\(error); reports: \(try self.events().suffix(3)); browser: \(browser.complaints)")
            }
            return events
        }

        func events(_ type: String? = nil) throws -> [ReportedEvent] {
            try site.reports.map { try ReportedEvent($0) }.filter { type == nil || $0.type == type }
        }
    }

    @Test("onmessage gets every payload, whatever it holds")
    func payloads() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let visit = try Visit("channel=browser&mode=sse", at: server)
            // A browser cannot tell a U+FFFD from a byte order mark that it takes away at the start of a stream; all else is exact.
            for payload in HostilePayloads.all { try server.post(payload, to: "browser") }
            let events = try visit.wait("all messages", of: "message", count: HostilePayloads.all.count)
            #expect(events.count == HostilePayloads.all.count)
            for (event, payload) in zip(events, HostilePayloads.all) {
                #expect(Array(event.data.utf8) == Array(payload.utf8).asEventData, "\(payload.prefix(50).debugDescription)")
            }
            #expect(Set(events.map(\.id)).count == events.count)
            #expect(try visit.events("gap").isEmpty)
            #expect(try visit.events("error").isEmpty)
        }
    }

    @Test("after cuts in the middle of frames it goes on by itself: nothing is lost, nothing comes twice")
    func reconnect() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let visit = try Visit("channel=browser_cut", at: server)
            var posted = 0
            for cut in 1...3 {
                visit.site.cut(afterByteCount: cut * 130)
                for _ in 0..<20 {
                    try server.post("\(posted)\nsecond line", to: "browser_cut")
                    posted += 1
                }
                try visit.wait("it has noticed cut \(cut)", of: "error", count: cut)
                // Nobody is there to hear these.
                try server.post("\(posted)\nsecond line", to: "browser_cut")
                posted += 1
                try visit.wait("it is back after cut \(cut)", of: "open", count: cut + 1)
            }
            let events = try visit.wait("all messages", of: "message", count: posted)
            #expect(events.map(\.data) == (0..<posted).map { "\($0)\nsecond line" })
            #expect(try visit.events("gap").isEmpty)
            #expect(try visit.events("error").allSatisfy { $0.readyState == 0 }, "it never gave up")
        }
    }

    @Test("a lost connection of the server is a gap event")
    func gap() async throws {
        try await offPool {
            let deployment = try Deployment()
            let visit = try Visit("channel=browser_gap&mode=sse", at: deployment.server)
            try deployment.server.post("before", to: "browser_gap")
            try visit.wait("the first message", of: "message", count: 1)
            let listener =
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%listener%'"
            try deployment.psql("SELECT pg_terminate_backend(pid, 5000) FROM (\(listener)) listener")
            let gap = try visit.wait("the gap", of: "gap", count: 1)[0]
            #expect(try StreamObject(gap.data.utf8).reason == "reconnected")
            try deployment.server.postEventually("after", to: "browser_gap")
            #expect(try visit.wait("the second message", of: "message", count: 2).map(\.data) == ["before", "after"])
            #expect(try visit.events("error").isEmpty)
        }
    }

    @Test("a server that is full does not make it give up")
    func full() async throws {
        try await offPool {
            let server = try Deployment(["--max-held", "1"]).server
            let held = try server.events("channel=browser_full")
            let site = try SiteProxy(
                to: server.port, page: PackageFiles.content(of: "Tests/StreamTests/Clients/Programs/page.html"))
            let browser = try Chromium(opening: "\(site.url)/page?channel=browser_full")
            try blockUntil("it was refused twice", within: .seconds(40)) { site.relayedCount >= 2 }
            held.body.connection.close()
            try blockUntil("it is let in and gets a message", within: .seconds(20)) {
                try server.post("in", to: "browser_full")
                return try site.reports.contains { try ReportedEvent($0).data == "in" }
            }
            _ = browser
        }
    }
}

import TestSupport
import Testing

@Suite("PostgreSQL's notification lock in a stranger's hands")
struct NotificationLockTests {
    @Test("posts are 503 within post_timeout, readers are held, and all goes on when the stranger has gone")
    func lockHeld() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let server = deployment.server
            let waiter = try server.hold(1, on: "locked")[0]
            let listener = try deployment.listener(on: "locked")
            let stranger = try deployment.cluster.holdNotificationLock()
            // Ten posts that are one batch, and ten that wait behind it.
            let answers = try atOnce(20) { index in
                try timed { try server.request("POST", "/post?channel=locked", body: Array("\(index)".utf8)) }
            }
            for (response, time) in answers {
                #expect(response.status == 503, "\(response.text)")
                #expect(response["Retry-After"] != nil)
                #expect(time < .seconds(4), "\(time)")
            }
            #expect(answers.contains { $0.value.text.contains("notification lock") })
            print("answered after \(answers.map { "\($0.time)" }.sorted().joined(separator: ", "))")
            #expect(waiter.isQuiet)
            #expect(try server.request("/healthz").status == 200)

            try deployment.cluster.releaseNotificationLock()
            try stranger.finish()
            try server.postEventually("free", to: "locked")
            #expect(try waiter.readResponse().text == "free\n")
            // 503 is certain: none of the twenty may be heard.
            #expect(try listener.payloads(until: "free").isEmpty)
        }
    }

    @Test("a short post_timeout is kept, too")
    func shortTimeout() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster(), ["--post-timeout", "0.5"])
            let stranger = try deployment.cluster.holdNotificationLock()
            let (response, time) = try timed { try deployment.server.request("/post?channel=a&payload=b") }
            #expect(response.status == 503)
            #expect(time < .seconds(2), "\(time)")
            try deployment.cluster.releaseNotificationLock()
            try stranger.finish()
            try deployment.server.postEventually("x", to: "a")
        }
    }
}

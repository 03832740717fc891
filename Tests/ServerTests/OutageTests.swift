import Glibc
import TestSupport
import Testing

@Suite("Without the database")
struct OutageTests {
    @Test("200 waiters are held over a restart, and the next post answers them all, saying that the connection was lost")
    func restart() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let (server, cluster) = (deployment.server, deployment.cluster)
            for mode in [PostgresCluster.StopMode.fast, .immediate] {
                let waiters = try server.hold(200, on: "survivors", patience: .seconds(40))
                try cluster.stop(mode)
                try blockUntil("the server has noticed") { try server.request("/readyz").status == 503 }
                let unposted = try server.request("POST", "/post?channel=survivors", body: Array("lost".utf8))
                #expect(unposted.status == 503, "\(unposted.text)")
                #expect(unposted["Retry-After"] != nil)
                #expect(try server.request("/healthz").status == 200)
                #expect(waiters.areQuiet)
                #expect(try server.facts(of: "survivors")?.readers == 200)
                try cluster.start()
                let time = try timed { try server.waitUntilReady() }.time
                print("ready \(time) after a \(mode) restart")
                try server.waitUntilHeld(200, on: "survivors")
                #expect(waiters.areQuiet)
                try server.post("after \(mode)", to: "survivors")
                for waiter in waiters {
                    let answer = try waiter.readResponse()
                    #expect(answer.text == "after \(mode)\n")
                    #expect(answer["Trunkline-Gap"] == "reconnected")
                }
                _ = try server.waitUntilLeft("survivors")
            }
        }
    }

    @Test("the listener's session is ended by an administrator, again and again: a new one is there, readers are held")
    func listenerEnded() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let waiters = try deployment.server.hold(20, on: "again")
            for _ in 0..<3 {
                let before = try deployment.cluster.activity().first { $0.applicationName == "trunkline listener" }
                #expect(try deployment.cluster.terminateBackend(applicationName: "trunkline listener") == 1)
                try blockUntil("there is a new listener") {
                    let session = try deployment.cluster.activity().first { $0.applicationName == "trunkline listener" }
                    return session != nil && session?.pid != before?.pid
                }
                try deployment.server.waitUntilHeld(20, on: "again")
                #expect(waiters.areQuiet)
            }
            try deployment.server.post("here", to: "again")
            for waiter in waiters {
                let answer = try waiter.readResponse()
                #expect(answer.text == "here\n")
                #expect(answer["Trunkline-Gap"] == "reconnected")
            }
        }
    }

    @Test("the poster's session is ended: the next posts come through, or say that they did not")
    func posterEnded() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let listener = try deployment.listener(on: "poster_ended")
            var posted: [String] = []
            for number in 0..<30 {
                if number.isMultiple(of: 10) { try deployment.cluster.terminateBackend(applicationName: "trunkline poster") }
                let response = try deployment.server.request(
                    "POST", "/post?channel=poster_ended", body: Array("\(number)".utf8))
                #expect([200, 503, 504].contains(response.status), "\(response.text)")
                if response.status == 200 { posted.append("\(number)") }
            }
            try deployment.server.postEventually("last", to: "poster_ended")
            let heard = try listener.payloads(until: "last").map { String(decoding: $0, as: UTF8.self) }
            #expect(heard.filter(posted.contains) == posted, "every 200 is heard, in order")
            #expect(Set(heard).count == heard.count, "none is heard twice")
            #expect(posted.count >= 10)
        }
    }

    @Test("the server starts and serves while PostgreSQL is down: readers are held, posts are 503, all comes right by itself")
    func startsFirst() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            try cluster.stop()
            let server = try ServerProcess(["--database", cluster.conninfo()])
            let waiter = try server.wait("/wait?channel=early", patience: .seconds(30))
            try blockUntil("it is held") { try server.facts(of: "early")?.readers == 1 }
            #expect(try server.facts(of: "early")?.listening == false)
            #expect(try server.request("/healthz").status == 200)
            let readiness = try server.request("/readyz")
            #expect(readiness.status == 503)
            #expect(readiness["Retry-After"] != nil)
            #expect(readiness.text.contains("not ready: the listener"), "\(readiness.text)")
            #expect(readiness.text.count { $0 == "\n" } == 1)

            let glance = try timed { try server.request("/wait?channel=early&timeout=0") }
            #expect(glance.value.status == 204)
            #expect(glance.time >= .seconds(1) && glance.time < .seconds(3), "a LISTEN is waited for, not long: \(glance.time)")
            let post = try timed { try server.request("/post?channel=early&payload=lost") }
            #expect(post.value.status == 503, "\(post.value.text)")
            #expect(post.value["Retry-After"] != nil)
            #expect(post.time < .seconds(4.5), "\(post.time)")

            try cluster.start()
            try server.waitUntilReady()
            try server.waitUntilHeld(1, on: "early")
            try server.post("found", to: "early")
            let answer = try waiter.readResponse()
            #expect(answer.text == "found\n")
            #expect(answer.count(of: "Trunkline-Gap") == 0, "it was never listened to, so nothing was lost")
        }
    }

    @Test("a wrong password or database is told in words by /readyz, and cured without a restart; no password is ever told")
    func wrongPassword() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("CREATE ROLE app LOGIN PASSWORD 'right-secret'; CREATE DATABASE app")
            try cluster.setAuthentication(["local all postgres trust", "local all all scram-sha-256"])
            let conninfo = "host=\(cluster.directory) port=5432 user=app password=wrong-secret"
            let server = try ServerProcess(["--database", "\(conninfo) dbname=app"])
            var answer = ""
            try blockUntil("/readyz says why") {
                answer = try server.request("/readyz").text
                return answer.contains("password authentication failed")
            }
            let lost = try server.request("/wait?channel=a&timeout=0.1")
            #expect(lost.status == 204)
            let post = try server.request("POST", "/post?channel=a", body: Array("x".utf8))
            #expect(post.status == 503)
            for text in [answer, post.text, server.logLines.joined(separator: "\n"), server.output] {
                #expect(!text.contains("secret"), "\(text)")
            }
            try cluster.psql("ALTER ROLE app PASSWORD 'wrong-secret'")
            try server.waitUntilReady(within: .seconds(20))

            let other = try ServerProcess(["--database", "\(conninfo) dbname=nowhere"])
            try blockUntil("/readyz names the database") {
                try other.request("/readyz").text.contains("database \"nowhere\" does not exist")
            }
            #expect(!other.logLines.joined().contains("secret"))
            try cluster.psql("CREATE DATABASE nowhere")
            try other.waitUntilReady(within: .seconds(20))
        }
    }

    @Test("PostgreSQL takes a post and says nothing more: 504 in time, waiters notice nothing, and the next one comes through")
    func outcomeUnknown() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster(), ["--post-timeout", "1"])
            let (server, cluster) = (deployment.server, deployment.cluster)
            let waiter = try server.hold(1, on: "silent")[0]
            #expect(try cluster.signalBackend(applicationName: "trunkline poster", SIGSTOP) == 1)
            let (response, time) = try timed { try server.request("POST", "/post?channel=other", body: Array("x".utf8)) }
            #expect(response.status == 504, "\(response.text)")
            #expect(response.text.contains("unknown"))
            #expect(time < .seconds(2), "\(time)")
            try cluster.psql("NOTIFY silent, 'by a stranger'", database: deployment.database)
            #expect(try waiter.readResponse().text == "by a stranger\n")
            try server.postEventually("x", to: "silent")
            try cluster.signalBackend(applicationName: "trunkline poster", SIGCONT)
            try server.waitUntilReady()
        }
    }

    @Test("a database that is dropped under the server and made anew is found again")
    func dropped() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster())
            let waiter = try deployment.server.hold(1, on: "anew", patience: .seconds(30))[0]
            try deployment.cluster.psql("DROP DATABASE \(deployment.database) (FORCE)")
            try blockUntil("the server has noticed") { try deployment.server.request("/readyz").status == 503 }
            try deployment.cluster.psql("CREATE DATABASE \(deployment.database)")
            try deployment.server.waitUntilReady(within: .seconds(20))
            try deployment.server.waitUntilHeld(1, on: "anew")
            try deployment.server.post("x", to: "anew")
            let answer = try waiter.readResponse()
            #expect(answer.text == "x\n")
            #expect(answer["Trunkline-Gap"] == "reconnected")
        }
    }
}

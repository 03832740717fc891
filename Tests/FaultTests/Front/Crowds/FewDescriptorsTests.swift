import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("A server with hardly any descriptors")
    struct FewDescriptorsTests {
        /// No canary: hardly one request can be held.
        @Test(
            """
            fault 40: with 64 descriptors nothing spins and nobody is forgotten: who cannot get in is served later, and \
            PostgreSQL is found again
            """)
        func fault40() async throws {
            try await offPool {
                let scene = try Scene(["--head-timeout", "3"], on: PostgresCluster(), launcher: ["prlimit", "--nofile=64:64"])
                let server = scene.server
                let descriptors = try server.openDescriptors
                let waiter = try server.hold(1, on: "few")[0]
                // More than there is room for, and each says half of what it wants and waits.
                let crowd = Crowd(port: server.port)
                try crowd.join(200) { _ in Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\n".utf8) }
                try crowd.read(within: .seconds(1)) { _ in false }
                let used = try server.cpuSeconds
                try crowd.read(within: .seconds(1.5)) { _ in false }
                let share = try (server.cpuSeconds - used) / 1.5
                #expect(share < 0.05)
                // Meanwhile PostgreSQL goes away, and comes back.
                try scene.cluster.restart()
                let start = MonotonicInstant.now
                let late = Crowd(port: server.port)
                let request = RawConnection.bytes(ofRequest: "GET", "/healthz", ["Connection: close"])
                try late.join(100) { _ in request }
                // Those that are never complete go by head_timeout, as many at a time as there is room for.
                let areServed = try late.read(within: .seconds(90)) { $0.openCount == 0 }
                let time = MonotonicInstant.now - start
                #expect(areServed)
                #expect(late.members.allSatisfy { $0.status == 200 })
                crowd.leave()
                try server.postEventually("x", to: "few")
                #expect(try waiter.readResponse().text == "x\n")
                waiter.close()
                try blockUntil("descriptors are back") { try server.openDescriptors <= descriptors }
                var report = FaultReport(40, "64 descriptors, 300 clients")
                report.recovery = time
                report.record()
                print("fault 40: \(share * 100) % of a processor, 100 behind 200 slow ones served after \(time.inSeconds) s")
            }
        }
    }
}

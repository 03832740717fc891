import Glibc
import TestSupport
import Testing
import Threads

@Suite("What waiting costs")
struct CostTests {
    @Test("1,000 held requests cost next to nothing: a thousandth of a core is promised, five times that is borne")
    func idle() async throws {
        let deployment = try await offPool { try Deployment() }
        let server = deployment.server
        let waiters = try await offPool { try server.hold(1_000, on: "idle", query: "&timeout=600") }
        // What the connections themselves cost is over once the processor time stands still for a moment.
        try await eventually("the server has come to rest") {
            let before = try server.cpuSeconds
            try await Task.sleep(for: .seconds(1))
            return try server.cpuSeconds - before < 0.02
        }
        let start = MonotonicInstant.now
        let before = try server.cpuSeconds
        // What is measured is a time in which nothing happens, so nothing else can tell its end.
        try await Task.sleep(for: .seconds(10))
        let seconds = Double((MonotonicInstant.now - start).nanoseconds) / 1e9
        let share = try (server.cpuSeconds - before) / seconds
        print("1,000 held requests use \(share * 100) % of a core, \(try server.residentBytes >> 20) MiB")
        #expect(share <= 0.005)
        #expect(waiters.areQuiet)
    }

    @Test("its memory has two arenas for each processor at the most, unless the environment says otherwise")
    func arenas() async throws {
        let most = 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1
        try await offPool {
            let cluster = try PostgresCluster.shared
            func count(_ environment: [String: String]) throws -> Int {
                let server = try ServerProcess(["--database", cluster.conninfo()], environment: environment)
                try server.waitUntilReady()
                let waiter = try server.hold(1, on: "arenas")[0]
                try server.post("bar", to: "arenas")
                _ = try waiter.readResponse()
                return try server.arenaCount
            }
            let bounded = try count([:])
            let unbounded = try count(["MALLOC_ARENA_MAX": "64"])
            print("beside the first there are \(bounded) arenas, \(unbounded) without the bound")
            // In the C library's place a sanitizer has an allocator without any.
            #expect(unbounded > 1 || Slowdown.factor > 1)
            #expect(bounded == min(most, unbounded))
        }
    }
}

import Glibc
import TestSupport
import Testing

@Suite("Blocking code in tests")
struct OffPoolTests {
    @TaskLocal private static var mark = "none"

    @Test("more blocking pieces than cores run at once, each on a thread of its own")
    func parallelism() async throws {
        let gate = Gate(count: 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await offPool { try gate.arriveAndWait() } }
            }
            try await group.waitForAll()
        }
    }

    @Test("it is still the same task: values and errors come back, task-local values are seen")
    func sameTask() async throws {
        let seen = try await Self.$mark.withValue("mine") { try await offPool { Self.mark } }
        #expect(seen == "mine")
        await #expect(throws: TestSupportError.self) { try await offPool { throw TestSupportError("x") } }
    }

    @Test("asking ends with the first yes, or with what was waited for")
    func asking() async throws {
        var count = 0
        try await eventually("three were asked") {
            count += 1
            return count == 3
        }
        #expect(count == 3)
        let error = await #expect(throws: TestSupportError.self) {
            try await eventually("the moon is blue", within: .milliseconds(5)) { false }
        }
        #expect(error?.description.contains("until the moon is blue") == true)
    }

    @Test("the same seed gives the same numbers, those of the published algorithm")
    func seeds() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
        #expect(random.description == "repeat with TRUNKLINE_TEST_SEED=1234567")
    }
}

import Testing

@testable import TrunklineHTTP

@Suite("How descriptors are shared out")
struct DescriptorBudgetTests {
    @Test(
        "all that may be open at a time fits into the limit, with many threads as with few",
        arguments: [(512, 2), (1_024, 2), (1_024, 64), (20_000, 2), (20_000, 64)])
    func fits(limit: Int, threadsOfEach: Int) {
        let budget = DescriptorBudget(
            descriptorLimit: limit, workers: threadsOfEach, streamThreads: threadsOfEach, heldMax: nil)
        let perPair = DescriptorBudget.perWorker + DescriptorBudget.perDetachedThread
        let others = DescriptorBudget.reserve + perPair * threadsOfEach + 2 * budget.sparesMax
        #expect(budget.connectionsMax + others == limit)
        #expect(budget.heldMax < budget.connectionsMax)
        #expect(budget.heldMax > limit / 2)
    }

    @Test("what an operator wants is granted as far as it fits")
    func wanted() {
        #expect(DescriptorBudget(descriptorLimit: 1_024, workers: 2, streamThreads: 2, heldMax: 10).heldMax == 10)
        let most = DescriptorBudget(descriptorLimit: 1_024, workers: 2, streamThreads: 2, heldMax: nil).heldMax
        #expect(DescriptorBudget(descriptorLimit: 1_024, workers: 2, streamThreads: 2, heldMax: 1_000_000).heldMax == most)
    }

    @Test("with hardly any descriptors some connections are taken all the same")
    func least() {
        let budget = DescriptorBudget(descriptorLimit: 64, workers: 2, streamThreads: 2, heldMax: nil)
        #expect(budget.connectionsMax > DescriptorBudget.sparedMin)
        #expect(budget.heldMax >= 1)
        #expect(budget.sparesMax == DescriptorBudget.sparesLeast)
    }
}

import Testing

@testable import TrunklineHTTP

@Suite("How descriptors are shared out")
struct DescriptorBudgetTests {
    @Test(
        "all that may be open at a time fits into the limit, with many threads as with few",
        arguments: [(512, 4), (1_024, 4), (1_024, 128), (20_000, 4), (20_000, 128)])
    func fits(limit: Int, threads: Int) {
        let budget = DescriptorBudget(descriptorLimit: limit, threads: threads, heldMax: nil)
        let others = DescriptorBudget.reserve + DescriptorBudget.perThread * threads + 2 * budget.sparesMax
        #expect(budget.connectionsMax + others == limit)
        #expect(budget.heldMax < budget.connectionsMax)
        #expect(budget.heldMax > limit / 2)
    }

    @Test("what an operator wants is granted as far as it fits")
    func wanted() {
        #expect(DescriptorBudget(descriptorLimit: 1_024, threads: 4, heldMax: 10).heldMax == 10)
        let most = DescriptorBudget(descriptorLimit: 1_024, threads: 4, heldMax: nil).heldMax
        #expect(DescriptorBudget(descriptorLimit: 1_024, threads: 4, heldMax: 1_000_000).heldMax == most)
    }

    @Test("with hardly any descriptors some connections are taken all the same")
    func least() {
        let budget = DescriptorBudget(descriptorLimit: 64, threads: 4, heldMax: nil)
        #expect(budget.connectionsMax > DescriptorBudget.sparedMin)
        #expect(budget.heldMax >= 1)
        #expect(budget.sparesMax == DescriptorBudget.sparesLeast)
    }
}

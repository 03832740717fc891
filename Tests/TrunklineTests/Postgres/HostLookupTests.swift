import Testing
import Threads

@testable import Trunkline

@Suite("Looking up a host's name")
struct HostLookupTests {
    private func patience(_ limit: Duration, isStopping: Bool = false) throws -> Patience {
        Patience(wakeUp: try EventDescriptor(), isStopping: { isStopping }, limit: limit)
    }

    @Test("localhost has an address of the loopback")
    func localhost() throws {
        let addresses = try HostLookup().addresses(of: "localhost", patience(.seconds(20)))
        #expect(!addresses.isEmpty && addresses.allSatisfy { $0 == "::1" || $0.hasPrefix("127.") }, "\(addresses)")
    }

    @Test("a name that has none is said in words, and asked again it is looked up again")
    func unknown() throws {
        let lookup = HostLookup()
        for _ in 0..<2 {
            let error = #expect(throws: DialFailure.self) {
                try lookup.addresses(of: "nowhere.invalid", patience(.seconds(30)))
            }
            #expect(error?.message.contains("nowhere.invalid") == true)
        }
    }

    @Test("one that is stopping does not wait")
    func stopping() throws {
        #expect(throws: DialFailure.self) {
            try HostLookup().addresses(of: "localhost", patience(.seconds(20), isStopping: true))
        }
    }

    @Test(
        "only names are looked up",
        arguments: [
            ("db.example", true), ("localhost", true), ("127.0.0.1", false), ("::1", false), ("/tmp", false),
            ("@abstract", false),
            ("", false),
        ])
    func names(host: String, isName: Bool) {
        #expect(HostLookup.isName(host) == isName)
    }
}

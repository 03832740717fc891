import TestSupport

/// What a server uses at one moment.
struct Footprint: Sendable {
    /// Grows by this much are the allocator's and the history's.
    static let residentBytesSlack = 32 << 20
    static let descriptorSlack = 8

    let descriptorCount: Int
    let residentBytes: Int

    init(of server: ServerProcess) throws {
        descriptorCount = try server.openDescriptors
        residentBytes = try server.residentBytes
    }

    /// Waits until the server holds nobody and has given back what it used.
    ///
    /// - Returns: what it uses then.
    /// - Throws: a `TestSupportError` that tells what it holds, if that never comes.
    func awaitReturn(of server: ServerProcess) throws -> Footprint {
        try blockUntil("nobody reads any more") { try server.channels().allSatisfy { $0.readers == 0 } }
        var now = try Footprint(of: server)
        do {
            try blockUntil("descriptors are back") {
                now = try Footprint(of: server)
                return now.descriptorCount <= descriptorCount + Self.descriptorSlack
            }
        } catch {
            throw TestSupportError("\(error): \(descriptorCount) before, \(now.descriptorCount) after")
        }
        return now
    }
}

import Foundation

/// One entry of `/channels`.
package struct ChannelFacts: Decodable, Equatable {
    package let channel: String
    package let readers: Int
    package let kept: Int
    package let bytes: Int
    package let position: UInt64
    package let floor: UInt64
    package let listening: Bool
}

extension ServerProcess {
    private struct Channels: Decodable {
        let channels: [ChannelFacts]
    }

    /// What `/channels` says.
    package func channels() throws -> [ChannelFacts] {
        try JSONDecoder().decode(Channels.self, from: Data(request("GET", "/channels").body)).channels
    }

    /// What `/channels` says of one channel; `nil` if it does not name it.
    package func facts(of channel: String) throws -> ChannelFacts? {
        try channels().first { $0.channel == channel }
    }

    /// Waits until exactly so many readers wait on a channel that is listened to.
    package func waitUntilHeld(_ count: Int, on channel: String) throws {
        var facts: ChannelFacts?
        do {
            try blockUntil("\(count) readers wait on \(channel)", within: .seconds(20)) {
                facts = try self.facts(of: channel)
                return facts?.readers == count && facts?.listening == true
            }
        } catch let error as TestSupportError {
            throw TestSupportError("\(error); now: \(String(describing: facts))")
        }
    }

    /// Waits until nobody reads a channel any more.
    ///
    /// - Returns: how long that took.
    package func waitUntilLeft(_ channel: String, within duration: Duration = .seconds(20)) throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        try blockUntil("nobody reads \(channel)", within: duration) { try (facts(of: channel)?.readers ?? 0) == 0 }
        return clock.now - start
    }
}

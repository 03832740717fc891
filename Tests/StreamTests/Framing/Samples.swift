@testable import Trunkline

/// Values for tests of how things are written.
enum Sample {
    /// A cursor of a made-up run.
    static func cursor(_ position: UInt64) -> Cursor {
        Cursor(epoch: "5gq1x", position: position)
    }

    static func notification(_ payload: [UInt8], channel: ChannelName = "foo", position: UInt64 = 1_042) -> Notification {
        Notification(
            id: cursor(position), channel: channel, payload: Payload(delivered: payload),
            receivedMilliseconds: 1_795_341_600_123)
    }

    /// - Parameter renderings: where what it is rendered to is shared; `nil` for an entry that is not recent.
    static func entry(_ payload: String, position: UInt64 = 1_042, sharing renderings: Renderings? = nil) -> Entry {
        Entry(
            position: position, content: .notification(notification(Array(payload.utf8), position: position)), arrival: .now,
            renderings: renderings)
    }

    static func gap(_ channels: [ChannelName] = ["foo"], after: Cursor? = cursor(1_042)) -> Gap {
        Gap(reason: .reconnected, channels: channels, after: after, id: cursor(1_050))
    }
}

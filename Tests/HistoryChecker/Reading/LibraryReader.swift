import Trunkline

/// Follows channels by the library, in this process, and begins a new subscription from its cursor every so often.
package struct LibraryReader: RecordingReader {
    package let log: ReaderLog
    private let channels: [ChannelName]
    private let hub: Hub
    private let elementCountMax: Int

    /// - Parameters:
    ///   - hub: runs already.
    ///   - elementCountMax: after so many elements the iterator is thrown away.
    package init(_ channels: [String], hub: Hub, elementCountMax: Int = 300) throws {
        log = ReaderLog(name: "library", channels: channels)
        self.channels = try channels.map { try ChannelName($0) }
        self.hub = hub
        self.elementCountMax = elementCountMax
    }

    package func read() async throws {
        var cursor: Cursor?
        while !log.isOver, !Task.isCancelled {
            var count = 0
            for try await element in hub.subscription(to: channels, since: cursor) {
                cursor = note(element)
                count += 1
                if count == elementCountMax || log.isOver { break }
            }
        }
    }

    private func note(_ element: Subscription.Element) -> Cursor {
        switch element {
        case .notification(let notification):
            log.note(.notification(channel: "\(notification.channel)", payload: "\(notification.payload)"))
            return notification.id
        case .gap(let gap):
            log.note(
                .gap(reason: "\(gap.reason)", channels: gap.channels.map { "\($0)" }, id: "\(gap.id)"))
            return gap.id
        }
    }
}

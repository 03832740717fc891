@testable import Trunkline

/// What a reader has found, in a form that can be compared and read: positions for cursors, text for payloads.
enum Sight: Equatable {
    case armed(UInt64?)
    case payloads([String], cursor: UInt64)
    case gap(Gap.Reason, [ChannelName], after: UInt64?, id: UInt64)
    case nothing
    case failed(TrunklineError.Code)

    init<Owner>(_ look: ChannelTable<Owner>.Look) {
        switch look {
        case .armed(let cursor): self = .armed(cursor?.position)
        case .notifications(let entries, let cursor): self = .payloads(entries.map(\.text), cursor: cursor.position)
        case .gap(let gap):
            self = .gap(gap.reason, gap.channels, after: gap.after?.position, id: gap.id.position)
        case .nothing: self = .nothing
        case .failed(let error): self = .failed(error.code)
        }
    }
}

extension Entry {
    /// The payload; something unlikely for the loss of a connection, which is never handed out as a notification.
    var text: String {
        switch content {
        case .notification(let notification): notification.payload.description
        case .reconnected: "<reconnected>"
        }
    }
}

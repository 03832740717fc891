/// A promise that was broken.
package enum Violation: Sendable, Hashable, CustomStringConvertible {
    /// The same notification came twice to one reader.
    case duplicate(reader: String, payload: String)
    /// It came after one that was certainly committed later.
    case outOfOrder(reader: String, payload: String, after: String)
    /// Two readers saw the two in different orders.
    case ordersDiffer(readers: [String], payload: String)
    /// It was committed while the reader was armed, and was neither seen nor covered by a gap.
    case lost(reader: String, channel: String, payload: String)
    /// It was seen, but nobody posted it there, or its writer was told that it was not posted.
    case phantom(reader: String, payload: String)
    /// Its writer was told that it was committed, and it was not.
    case falselyAcknowledged(payload: String)
    /// The same gap was told twice.
    case gapRepeated(reader: String, channel: String, id: String)
    /// It did not come back: nothing was heard of the notifications that end the run.
    case deaf(reader: String, channel: String)

    package var description: String {
        switch self {
        case .duplicate(let reader, let payload): "\(reader) saw \(payload) twice"
        case .outOfOrder(let reader, let payload, let after): "\(reader) saw \(payload) after \(after), which came later"
        case .ordersDiffer(let readers, let payload): "\(readers) saw \(payload) in different orders"
        case .lost(let reader, let channel, let payload): "\(reader) lost \(payload) on \(channel) and was not told"
        case .phantom(let reader, let payload): "\(reader) saw \(payload), which was never posted"
        case .falselyAcknowledged(let payload): "\(payload) was acknowledged and not committed"
        case .gapRepeated(let reader, let channel, let id): "\(reader) was told twice of the gap \(id) on \(channel)"
        case .deaf(let reader, let channel): "\(reader) never came to the end of \(channel)"
        }
    }
}

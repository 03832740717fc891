/// What a run's deliveries amount to.
package struct DeliveryCounts: Codable, Sendable, Equatable {
    /// Deliveries, each post once per reader.
    package internal(set) var received = 0
    /// Confirmed posts that a reader of their channel was not told of.
    package internal(set) var missing = 0
    /// Those of them that were missed by readers which were told of a gap.
    package internal(set) var missingDeclared = 0
    /// Deliveries of a post to a reader that had it already.
    package internal(set) var duplicates = 0
    /// Deliveries out of the order in which their poster sent them.
    package internal(set) var reordered = 0
    /// Gaps that the server declared, over all readers.
    package internal(set) var gaps = 0

    package init() {}
}

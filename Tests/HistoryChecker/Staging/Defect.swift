/// How a source or the way to its readers is broken on purpose, to show that the checker sees it.
package enum Defect: String, Sendable, CaseIterable {
    /// One notification of many never arrives.
    case drops
    /// One of many arrives twice.
    case duplicates
    /// Two of many arrive in the wrong order.
    case swaps
    /// A loss of the connection is kept from the table.
    case forgetsTheGap
    /// The re-made connection is confirmed before it listens.
    case tellsTheGapTooEarly
    /// A reader that comes back with a cursor reads from now on.
    case resumesFromNow
    /// Posts are acknowledged that are not committed.
    case acknowledgesTooMuch
    /// Posts are refused that are committed.
    case refusesTooMuch
}

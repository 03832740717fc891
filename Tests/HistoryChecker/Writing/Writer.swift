/// Writes one thing after the other until it is told to stop.
package protocol Writer: Sendable {
    /// Blocks.
    ///
    /// - Parameter isOver: asked after each thing.
    func write(to log: WritingLog, until isOver: @Sendable () -> Bool) throws
}

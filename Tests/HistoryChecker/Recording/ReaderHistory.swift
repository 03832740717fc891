/// What one reader saw from its beginning to its end.
package struct ReaderHistory: Sendable {
    package let name: String
    package let channels: [String]
    /// It cannot take back what it read of an answer that was then cut off, so it may see things again.
    package let mayRepeat: Bool
    /// In the order in which it saw them.
    package var sightings: [Sighting]
    /// How often it was cut off and came back.
    package var cutCount = 0
    /// The longest of its requests that have a deadline.
    package var longestRequest = Duration.zero

    package init(name: String, channels: [String], mayRepeat: Bool = false, sightings: [Sighting] = []) {
        self.name = name
        self.channels = channels
        self.mayRepeat = mayRepeat
        self.sightings = sightings
    }
}

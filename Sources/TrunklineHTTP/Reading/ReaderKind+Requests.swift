import Trunkline

/// Readers that are requests are counted by their mode.
extension ReaderKind {
    static let ofRequests = ReadingMode.allCases.map { ReaderKind($0) }

    init(_ mode: ReadingMode) {
        self.init(mode.rawValue)
    }
}

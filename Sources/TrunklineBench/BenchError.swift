/// Why a benchmark cannot run at all. What goes wrong within a run is counted instead.
package enum BenchError: Error, Equatable, CustomStringConvertible {
    /// Nobody answers at the address.
    case unreachable(String)
    /// Something that was asked for does not make sense, or the system refuses it.
    case unusable(String)

    package var description: String {
        switch self {
        case .unreachable(let sentence), .unusable(let sentence): sentence
        }
    }
}

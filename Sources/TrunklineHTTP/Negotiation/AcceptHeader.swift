import HTTPTypes
import MicroHTTPD

/// What the `Accept` header asks for: the element of the highest quality, of equal ones the first; quality 0 excludes.
///
/// It never refuses: whoever accepts none of the types of this server gets text.
struct AcceptHeader: Equatable, Sendable {
    /// The mode of the type that is wanted most, `poll` unless it is a stream's.
    let mode: ReadingMode
    /// The format of the type that is wanted most; `nil` where that leaves it open, as `text/event-stream` does.
    let format: PayloadFormat?
    /// Whether an answer or an error is better given as JSON than as text.
    let prefersJSON: Bool

    init(_ request: Request) {
        self.init(values: request.values(of: .accept))
    }

    /// - Parameter values: the values of all `Accept` fields.
    init(values: [String]) {
        // Most clients do not care, and say so or say nothing.
        guard !values.isEmpty, values != ["*/*"] else {
            (mode, format, prefersJSON) = (.poll, nil, false)
            return
        }
        var best: (kind: Kind, quality: Int) = (.other, 0)
        var bestDocument: (kind: Kind, quality: Int) = (.other, 0)
        for range in MediaRange.all(in: values) {
            let kind = Kind(range.type)
            // No answer of /wait is a problem document, and no error is a stream: these say nothing there.
            if kind != .problem, range.quality > best.quality { best = (kind, range.quality) }
            if kind != .eventStream, kind != .lines, range.quality > bestDocument.quality {
                bestDocument = (kind, range.quality)
            }
        }
        (mode, format) =
            switch best.kind {
            case .eventStream: (.sse, nil)
            case .lines: (.stream, .json)
            case .json: (.poll, .json)
            case .problem, .other: (.poll, nil)
            }
        prefersJSON = bestDocument.kind == .json || bestDocument.kind == .problem
    }

    private enum Kind {
        case eventStream
        case lines
        case json
        case problem
        /// Everything that means text here: `*/*`, `text/html`, and what this server does not have.
        case other

        init(_ type: String) {
            self =
                switch type {
                case "text/event-stream": .eventStream
                case "application/x-ndjson": .lines
                case "application/json": .json
                case "application/problem+json": .problem
                default: .other
                }
        }
    }
}

import HTTPTypes
import Trunkline

/// One line of a batch: `{"channel":"foo","payload":"bar"}`, and nothing else; `payload` may be absent and is empty then.
struct BatchLine {
    /// What the line posts.
    let notification: Post.Item

    /// What a line looks like, for errors.
    static let pattern = #"{"channel":"foo","payload":"bar"}"#

    /// - Parameters:
    ///   - bytes: the line without its line feed.
    ///   - number: counted from 1, for errors.
    /// - Returns: `nil` for a blank line.
    /// - Throws: 400 for what is no such object, 413 for too much payload, 422 for what no database can hold.
    init?(_ bytes: ArraySlice<UInt8>, number: Int) throws(RequestFailure) {
        let place = "line \(number) of the batch"
        guard bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil else {
            throw RequestFailure(.badRequest, "\(place) is not UTF-8: JSON is UTF-8 and nothing else, so encode it so")
        }
        var scanner = JSONScanner(bytes)
        scanner.skipSpace()
        if scanner.isAtEnd { return nil }
        var members = Members(place: place)
        try members.read(&scanner)
        guard let channel = members.channel else {
            throw RequestFailure(.badRequest, parameter: "channel", "\(place) has no \"channel\": write \(Self.pattern)")
        }
        do {
            notification = try Post.Item(
                channel: ChannelName(bytes: channel), payload: Payload(bytes: members.payload ?? []))
        } catch {
            throw RequestFailure(error, at: place)
        }
    }

    /// The members of the object as they are found.
    private struct Members {
        let place: String
        var channel: [UInt8]?
        var payload: [UInt8]?

        mutating func read(_ scanner: inout JSONScanner) throws(RequestFailure) {
            try expect("{", in: &scanner)
            scanner.skipSpace()
            if !scanner.take("}") {
                repeat { try readMember(&scanner) } while scanner.take(",")
                try expect("}", in: &scanner)
            }
            scanner.skipSpace()
            guard scanner.isAtEnd else { throw malformed }
        }

        private mutating func readMember(_ scanner: inout JSONScanner) throws(RequestFailure) {
            scanner.skipSpace()
            let name = try takeString(&scanner, of: nil)
            try expect(":", in: &scanner)
            scanner.skipSpace()
            if name.elementsEqual("channel".utf8) {
                try set(&channel, "channel", &scanner)
            } else if name.elementsEqual("payload".utf8) {
                try set(&payload, "payload", &scanner)
            } else {
                throw RequestFailure(
                    .badRequest, parameter: PercentEncoding.encoded(name.prefix(64)),
                    "\(place) has an unknown member \(EchoedText(name)): leave it out, known are channel and payload")
            }
            scanner.skipSpace()
        }

        private func set(_ value: inout [UInt8]?, _ name: String, _ scanner: inout JSONScanner) throws(RequestFailure) {
            guard value == nil else {
                throw RequestFailure(.badRequest, parameter: name, "\(place) has \"\(name)\" twice: give it once")
            }
            guard scanner.isAtString else {
                throw RequestFailure(
                    .badRequest, parameter: name,
                    "\(place) has a \"\(name)\" that is no string: write it in double quotes, as in \(BatchLine.pattern)")
            }
            value = try takeString(&scanner, of: name)
        }

        private func takeString(_ scanner: inout JSONScanner, of name: String?) throws(RequestFailure) -> [UInt8] {
            do {
                return try scanner.takeString()
            } catch {
                switch error {
                case .malformed: throw malformed
                case .loneSurrogate:
                    throw RequestFailure(
                        .unprocessableContent, parameter: name,
                        "\(place) has half of a surrogate pair, which is no character: write both halves, or the character")
                }
            }
        }

        private func expect(_ character: Unicode.Scalar, in scanner: inout JSONScanner) throws(RequestFailure) {
            scanner.skipSpace()
            guard scanner.take(character) else { throw malformed }
        }

        private var malformed: RequestFailure {
            RequestFailure(.badRequest, "\(place) is no JSON object: write \(BatchLine.pattern)")
        }
    }
}

/// A place in the order of all notifications of one run: pass it back and nothing after it is missed, or a gap is told.
///
/// Written `<epoch>.<position>`. The epoch names the run, so a cursor of another run or another server is recognised; the
/// position counts over all channels and never follows the wall clock.
public struct Cursor: Hashable, Sendable, CustomStringConvertible {
    /// Names the run that gave the cursor: 1–13 letters and digits.
    public let epoch: String
    /// How many positions the run had given by then.
    public let position: UInt64

    init(epoch: String, position: UInt64) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads a cursor as it was given out.
    ///
    /// - Parameter text: `<epoch>.<position>`; anything else is no cursor, and `nil`.
    public init?(_ text: some StringProtocol) {
        // Byte by byte: a string would be searched character by character, at a hundred times the price.
        let bytes = Array(String(text).utf8)
        guard let point = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let (epoch, digits) = (bytes[..<point], bytes[(point + 1)...])
        guard (1...13).contains(epoch.count), (1...20).contains(digits.count), epoch.allSatisfy(Self.isLetterOrDigit),
            digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let position = UInt64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        self.init(epoch: String(decoding: epoch, as: UTF8.self), position: position)
    }

    /// `<epoch>.<position>`.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes it as it is given out; bytes are put together in a part of the time that strings take.
    package func append(to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + Self.byteCountMax)
        bytes.append(contentsOf: epoch.utf8)
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: String(position).utf8)
    }

    /// The most bytes of one in text: 13 of the epoch, the point, 20 digits.
    package static let byteCountMax = 34

    /// A cursor that no run gives: whoever brings it is told of a gap.
    package static let ofNoRun = Cursor(epoch: "0", position: 0)

    /// An epoch that no other run has: 64 random bits.
    static func makeEpoch(using generator: inout some RandomNumberGenerator) -> String {
        String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

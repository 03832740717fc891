/// A request in which the number of the channel and that of the post are overwritten in place: nothing is allocated for one.
struct RequestTemplate {
    /// The digits at the end of each channel's name.
    static let channelDigits = 5

    private(set) var bytes: [UInt8]
    private let channelPlaces: [Int]
    private let markPlaces: [Int]

    /// - Parameter text: the request, in which `{channel}` and `{payload}` stand where these come.
    init(_ text: String, channelPrefix: String, payload: String) {
        var bytes: [UInt8] = []
        var channelPlaces: [Int] = []
        var markPlaces: [Int] = []
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            bytes += rest[..<brace].utf8
            rest = rest[brace...]
            if rest.hasPrefix("{channel}") {
                bytes += channelPrefix.utf8
                channelPlaces.append(bytes.count)
                bytes += [UInt8](repeating: UInt8(ascii: "0"), count: Self.channelDigits)
                rest = rest.dropFirst("{channel}".count)
            } else if rest.hasPrefix("{payload}") {
                markPlaces.append(bytes.count)
                bytes += payload.utf8
                rest = rest.dropFirst("{payload}".count)
            } else {
                bytes.append(UInt8(ascii: "{"))
                rest = rest.dropFirst()
            }
        }
        self.bytes = bytes + rest.utf8
        self.channelPlaces = channelPlaces
        self.markPlaces = markPlaces
    }

    mutating func setChannel(_ channel: Int) {
        for place in channelPlaces {
            DecimalDigits.write(channel, into: &bytes, at: place, count: Self.channelDigits)
        }
    }

    mutating func setNumber(_ number: Int) {
        for place in markPlaces { RunMark.write(number, into: &bytes, at: place) }
    }
}

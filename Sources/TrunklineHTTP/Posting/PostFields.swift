import Trunkline

/// The two fields of a post, from the query or from a form.
struct PostFields: Sendable {
    /// Empty if none is named.
    let channels: DistinctChannels
    /// The payload, if there is one.
    let payload: Payload?

    /// Reads the fields from left to right; the first problem is thrown.
    ///
    /// - Throws: 400 for an unknown or repeated field or a bad channel, 413 for too much payload, 422 for NUL.
    init(_ fields: FormFields, _ place: FormField.Place, channelCountMax: Int) throws(RequestFailure) {
        var channels = DistinctChannels(countMax: channelCountMax)
        var payload: Payload?
        for field in fields {
            if field.isNamed("channel") {
                try channels.insert(field.value)
            } else if field.isNamed("payload") {
                guard payload == nil else { throw .repeated(field, place) }
                payload = try Self.payload(field.value)
            } else {
                throw .unknown(field, place, known: "channel and payload")
            }
        }
        self.channels = channels
        self.payload = payload
    }

    /// - Throws: 413 or 422.
    static func payload(_ bytes: ArraySlice<UInt8>) throws(RequestFailure) -> Payload {
        do { return try Payload(bytes: Array(bytes)) } catch { throw RequestFailure(error, parameter: "payload") }
    }
}

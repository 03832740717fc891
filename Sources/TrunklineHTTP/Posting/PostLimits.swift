import Trunkline

/// What one request to `/post` may hold.
struct PostLimits: Equatable, Sendable {
    /// The setting `max_body`, in bytes.
    var bodyBytesMax = 1 << 20
    /// The setting `max_channels_per_request`: how many distinct channels one payload may go to.
    var channelCountMax = 100
    /// No payload has more bytes in UTF-8 than this, whatever the encoding of the database is.
    static let payloadBytesMax = 4 * Payload.byteCountMax
}

/// Why a request is refused before any responder sees it. The connection is closed after the answer.
package enum Refusal: Equatable, Sendable {
    /// No request that HTTP/1.1 allows, or one whose end two readers could see at different places; the sentence says why.
    case malformed(String)
    /// Request line and header section together exceed `DaemonConfiguration.headByteCountMax`.
    case headTooLarge
    /// The request target alone exceeds `DaemonConfiguration.headByteCountMax`.
    case targetTooLong
    /// The body exceeds `DaemonConfiguration.bodyByteCountMax`.
    case bodyTooLarge
}

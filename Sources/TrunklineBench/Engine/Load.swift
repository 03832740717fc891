/// What a benchmark makes of what its connections tell. Called by `Engine.step`.
///
/// `bytes` are the engine's: they are gone after the call.
protocol Load {
    /// The connection stands.
    mutating func opened(_ link: Int, _ engine: inout Engine)
    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine)
    /// A piece of the body of an answer that was no refusal.
    mutating func bodyCame(
        _ range: Range<Int>, isLast: Bool, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine)
    /// The answer is complete; refusals come here too.
    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine)
    /// The connection could not be made, or has ended; `engine.connect` makes another.
    mutating func closed(_ link: Int, _ engine: inout Engine)
}

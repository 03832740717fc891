extension Duration {
    /// Reads seconds as plain decimals: `60`, `0.25`, `.5`; no sign, exponent, `nan` or `inf`.
    ///
    /// Read exactly, digit by digit, so that no rounding lets a value slip past the bound; beyond nanoseconds it is cut.
    ///
    /// - Parameter secondsMax: the most it may be; more is `nil`, as is anything else.
    init?(decimalSeconds text: some Collection<UInt8>, secondsMax: Int64) {
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var digitWorth: Int64 = 1_000_000_000
        var hasPoint = false
        var hasDigit = false
        var hasRest = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                hasDigit = true
                let digit = Int64(byte - UInt8(ascii: "0"))
                if hasPoint {
                    digitWorth /= 10
                    nanoseconds += digit * digitWorth
                    hasRest = hasRest || digit > 0
                } else {
                    seconds = seconds * 10 + digit
                    guard seconds <= secondsMax else { return nil }
                }
            case UInt8(ascii: ".") where !hasPoint: hasPoint = true
            default: return nil
            }
        }
        guard hasDigit, seconds < secondsMax || !hasRest else { return nil }
        self = .seconds(seconds) + .nanoseconds(nanoseconds)
    }
}

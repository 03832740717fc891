extension [UInt8] {
    /// What a reader of server-sent events gets for a payload, by the contract: each CR LF, CR and LF is a line feed, what is no
    /// UTF-8 is U+FFFD.
    ///
    /// Written otherwise than the server's code, which it checks.
    var asEventData: [UInt8] {
        let text = String(decoding: self, as: UTF8.self).unicodeScalars
        var result = String.UnicodeScalarView()
        var isAfterCarriageReturn = false
        for scalar in text {
            if !(scalar == "\n" && isAfterCarriageReturn) { result.append(scalar == "\r" ? "\n" : scalar) }
            isAfterCarriageReturn = scalar == "\r"
        }
        return Array(String(result).utf8)
    }
}

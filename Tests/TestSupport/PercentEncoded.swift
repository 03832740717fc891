extension String {
    /// Any bytes as a value in a query.
    package init(percentEncoding bytes: some Sequence<UInt8>) {
        self = bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }
}

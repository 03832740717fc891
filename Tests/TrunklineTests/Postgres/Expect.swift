import Testing

/// `#expect(value == expected)` for a value that a mutating method returns, which the macro cannot take.
func expect<Value: Equatable>(
    _ value: Value, _ expected: Value, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(value == expected, comment, sourceLocation: sourceLocation)
}

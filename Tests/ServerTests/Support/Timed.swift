/// What `body` returned, and how long it took.
func timed<Value>(_ body: () throws -> Value) rethrows -> (value: Value, time: Duration) {
    let clock = ContinuousClock()
    let start = clock.now
    let value = try body()
    return (value, clock.now - start)
}

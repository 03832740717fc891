import Threads

/// Runs `body` so many times at once, each on a thread of its own, and returns what it returned, in order. Blocks.
///
/// Expectations belong behind it: on a thread of its own nobody knows whose they are.
///
/// - Throws: what the first one that failed has thrown.
package func atOnce<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (_ index: Int) throws -> Value
) throws -> [Value] {
    let results = Locked([Result<Value, any Error>?](repeating: nil, count: count))
    let threads = (0..<count).map { index in
        NamedThread("at once \(index)") {
            let result = Result { try body(index) }
            results.withLock { $0[index] = result }
        }
    }
    for thread in threads { thread.join() }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
}

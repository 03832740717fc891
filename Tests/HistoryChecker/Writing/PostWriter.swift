import Glibc

/// Posts through the server.
package struct PostWriter: Writer {
    private let name: String
    private let channels: [String]
    private let port: @Sendable () -> UInt16
    private let batchCount: Int
    private let pause: Duration

    /// - Parameters:
    ///   - batchCount: 1 posts by one request a notification; more go in one transaction.
    ///   - pause: between two requests.
    package init(
        _ name: String, _ channels: [String], batchCount: Int = 1, pause: Duration = .zero,
        port: @escaping @Sendable () -> UInt16
    ) {
        self.name = name
        self.channels = channels
        self.batchCount = batchCount
        self.pause = pause
        self.port = port
    }

    package func write(to log: WritingLog, until isOver: @Sendable () -> Bool) throws {
        let client = PostClient(port: port)
        var serial = 0
        while !isOver() {
            let items = (0..<batchCount).map { offset in
                let number = serial + offset
                return (channel: channels[number % channels.count], payload: "<\(name)-\(number)>", serial: number)
            }
            serial += batchCount
            log.write(items, by: name) {
                if batchCount == 1 { return client.post(items[0].payload, to: items[0].channel) }
                return client.post(batch: items.map { ($0.channel, $0.payload) })
            }
            usleep(UInt32(pause / .microseconds(1)))
        }
    }
}

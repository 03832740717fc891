/// The connections that read. Reader `n` is link `n`.
struct Readers {
    private let mode: ReadingMode
    private let mark: RunMark
    private let channelCount: Int
    private var template: RequestTemplate
    /// Made anew for each wait, in the same memory.
    private var request: [UInt8] = []
    private var scanners: [LineScanner]
    /// The fields with which the next poll of each goes on where the last one ended.
    private var validators: [[UInt8]]
    private var isSettled: [Bool]
    /// Those that were let in, or never will be.
    private(set) var settledCount = 0
    var book: DeliveryBook

    init(_ settings: BenchSettings, _ requests: Requests) {
        let count = settings.readerCount
        mode = settings.mode
        mark = requests.mark
        channelCount = settings.channelCount
        template = requests.wait
        scanners = Array(repeating: LineScanner(), count: count)
        validators = Array(repeating: [], count: mode == .poll ? count : 0)
        isSettled = Array(repeating: false, count: count)
        book = DeliveryBook(readerCount: count, posterCount: settings.posterCount, channelCount: channelCount)
    }

    var count: Int { isSettled.count }

    mutating func opened(_ link: Int, _ engine: inout Engine) {
        // A poll is answered when there is something to tell: nothing says before that it was let in.
        if mode == .poll { settle(link, isEstablished: true) }
        wait(link, &engine)
    }

    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int) {
        if head.tellsGap { book.addGap(link) }
        if mode == .poll {
            keepValidators(head, bytes, link)
        } else {
            settle(link, isEstablished: !head.isRefusal)
        }
    }

    /// The next new delivery in a piece of a body.
    ///
    /// - Parameter range: its beginning is moved.
    /// - Returns: the number of the post; `nil` when the piece was looked at.
    mutating func nextDelivery(
        in bytes: Span<UInt8>, _ range: inout Range<Int>, isLast: Bool, on link: Int, at now: Int64
    ) -> Int? {
        while let sighting = scanners[link].next(in: bytes, &range, isLast: isLast, mark: mark) {
            switch sighting {
            case .gap: book.addGap(link)
            case .delivery(let number): if book.deliver(number, to: link, at: now) { return number }
            }
        }
        return nil
    }

    /// An answer has ended.
    ///
    /// - Returns: the number of a delivery that only its end completes.
    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine) -> Int? {
        let sighting = scanners[link].finish(mark: mark)
        let isRefused = ResponseHead.isRefusal(status)
        if mode == .poll, !isRefused {
            wait(link, &engine)
        } else {
            if !isRefused { engine.faults.closed += 1 }
            engine.close(link)
            if mode == .poll { engine.reconnect(link) }
        }
        guard case .delivery(let number) = sighting, book.deliver(number, to: link, at: engine.now) else { return nil }
        return number
    }

    /// A connection has ended. A poll is made anew; a stream is not: what it misses from now on is missing.
    mutating func closed(_ link: Int, _ engine: inout Engine) {
        let wasEstablished = book.readers[link].isEstablished
        settle(link, isEstablished: false)
        scanners[link] = LineScanner()
        guard wasEstablished else { return }
        engine.faults.closed += 1
        if mode == .poll { engine.reconnect(link) }
    }

    private mutating func settle(_ link: Int, isEstablished: Bool) {
        guard !isSettled[link] else { return }
        isSettled[link] = true
        settledCount += 1
        if isEstablished { book.establish(link) }
    }

    private mutating func wait(_ link: Int, _ engine: inout Engine) {
        template.setChannel(link % channelCount)
        request.removeAll(keepingCapacity: true)
        request += template.bytes
        if mode == .poll { request += validators[link] }
        request += "\r\n".utf8
        engine.send(request, on: link)
    }

    private mutating func keepValidators(_ head: ResponseHead, _ bytes: Span<UInt8>, _ link: Int) {
        guard !head.isRefusal else { return }
        validators[link].removeAll(keepingCapacity: true)
        if let range = head.entityTag { add("If-None-Match: ", bytes, range, link) }
        if let range = head.lastModified { add("If-Modified-Since: ", bytes, range, link) }
    }

    private mutating func add(_ name: String, _ bytes: Span<UInt8>, _ range: Range<Int>, _ link: Int) {
        validators[link] += name.utf8
        validators[link].append(range, of: bytes)
        validators[link] += "\r\n".utf8
    }
}

import Threads

/// One connection: it comes to stand, sends, and reads.
extension Engine {
    /// Sends a request on an open connection; on another, nothing.
    mutating func send(_ request: [UInt8], on link: Int) {
        guard links[link].phase == .open, let socket = links[link].socket else { return }
        guard !links[link].hasUnsent else {
            unsent[link, default: []] += request
            return
        }
        switch socket.send(request.span) {
        case .bytes(let count) where count == request.count: break
        case .bytes(let count): keep(request[count...], link)
        case .notYet: keep(request[...], link)
        // The next read finds it.
        case .ended: break
        }
    }

    private mutating func keep(_ rest: ArraySlice<UInt8>, _ link: Int) {
        unsent[link] = Array(rest)
        links[link].hasUnsent = true
        watch(link, isWriting: true)
    }

    mutating func sendRest(_ link: Int) {
        guard let socket = links[link].socket, let rest = unsent[link] else { return }
        guard case .bytes(let count) = socket.send(rest.span) else { return }
        unsent[link] = count == rest.count ? nil : Array(rest[count...])
        links[link].hasUnsent = count < rest.count
        if count == rest.count { watch(link, isWriting: false) }
    }

    private mutating func watch(_ link: Int, isWriting: Bool) {
        guard let socket = links[link].socket else { return }
        do throws(SystemError) {
            try poller.change(socket.descriptor, link: link, isWriting: isWriting)
        } catch {
            preconditionFailure("an open connection is watched: \(error)")
        }
    }

    mutating func finishConnecting(_ link: Int, _ load: inout some Load) {
        guard let socket = links[link].socket else { return }
        if let failure = socket.connectFailure() {
            faults.addConnectFailure("\(failure)")
            close(link)
            load.closed(link, &self)
            return
        }
        connectingCount -= 1
        hasConnected = true
        links[link].phase = .open
        watch(link, isWriting: false)
        load.opened(link, &self)
    }

    mutating func receive(_ link: Int, _ buffer: inout [UInt8], _ load: inout some Load) {
        guard let socket = links[link].socket else { return }
        var offset = 0
        if links[link].hasLeftover, let leftover = leftovers.removeValue(forKey: link) {
            buffer.replaceSubrange(0..<leftover.count, with: leftover)
            offset = leftover.count
            links[link].hasLeftover = false
        }
        let transfer = socket.receive(into: &buffer, at: offset)
        now = MonotonicInstant.now.nanoseconds
        switch transfer {
        case .bytes(let count): take(buffer.span.extracting(0..<offset + count), link, &load)
        case .notYet: if offset > 0 { leave(Array(buffer[..<offset]), link) }
        case .ended: end(link, &load)
        }
    }

    private mutating func leave(_ bytes: [UInt8], _ link: Int) {
        leftovers[link] = bytes
        links[link].hasLeftover = true
    }

    /// Hands over what the bytes hold, part by part.
    private mutating func take(_ bytes: Span<UInt8>, _ link: Int, _ load: inout some Load) {
        var position = 0
        while let part = links[link].response.next(in: bytes, at: &position) {
            switch part {
            case .head(let head):
                links[link].status = head.status
                links[link].endsAfterAnswer = head.isLast
                if head.isRefusal { faults.addRefusal(head.status) }
                load.headCame(head, in: bytes, on: link, &self)
            case .body(let range, let isLast):
                if ResponseHead.isRefusal(links[link].status) {
                    faults.addText(bytes, range, of: links[link].status)
                } else {
                    load.bodyCame(range, isLast: isLast, in: bytes, on: link, &self)
                }
            case .end:
                finishAnswer(link, &load)
            }
            guard links[link].phase == .open else { return }
        }
        guard position < bytes.count else { return }
        guard bytes.count - position < 1 << 16 else {
            end(link, &load)
            return
        }
        leave(Array(bytes, position..<bytes.count), link)
    }

    private mutating func finishAnswer(_ link: Int, _ load: inout some Load) {
        let status = links[link].status
        let isLast = links[link].endsAfterAnswer
        load.answered(status, on: link, &self)
        guard isLast, links[link].phase == .open else { return }
        close(link)
        load.closed(link, &self)
    }

    private mutating func end(_ link: Int, _ load: inout some Load) {
        if links[link].response.endsWithConnection { load.answered(links[link].status, on: link, &self) }
        close(link)
        load.closed(link, &self)
    }
}

import Glibc
import Threads

/// Finds the addresses of a host's name on a thread of its own: the system's look-up blocks, for minutes if its server is
/// silent, and the connections' threads have deadlines to keep.
///
/// Corresponds to `getaddrinfo(3)`.
final class HostLookup: Sendable {
    private enum Progress {
        case underWay
        case done(Result<[String], DialFailure>)
    }

    private let progress: Locked<[String: Progress]> = Locked([:])

    /// The addresses of `host`, as numbers, in the order in which to try them.
    ///
    /// One look-up of a name at a time: one that was not answered in time is waited for by the next call.
    ///
    /// - Throws: the system's words when the name has none, or `patience` ran out.
    func addresses(of host: String, _ patience: Patience) throws(DialFailure) -> [String] {
        if patience.isStopping() { throw DialFailure(message: "stopping") }
        let mustBegin = progress.withLock { progress in
            defer { progress[host] = progress[host] ?? .underWay }
            return progress[host] == nil
        }
        if mustBegin { begin(host, patience.wakeUp) }
        while true {
            let result: Result<[String], DialFailure>? = progress.withLock { progress in
                guard case .done(let result) = progress[host] else { return nil }
                progress[host] = nil
                return result
            }
            if let result { return try result.get() }
            try patience.sleep(orThrow: "the look-up of the host name '\(host)' was not answered")
        }
    }

    /// Whether a connection's `host` is a name to be looked up, and no address or folder of a socket.
    static func isName(_ host: String) -> Bool {
        guard let first = host.first, first != "/", first != "@" else { return false }
        var buffer = in6_addr()
        return inet_pton(AF_INET, host, &buffer) != 1 && inet_pton(AF_INET6, host, &buffer) != 1
    }

    private func begin(_ host: String, _ wakeUp: EventDescriptor) {
        _ = NamedThread("host look-up") { [progress] in
            let result = Self.resolve(host)
            progress.withLock { $0[host] = .done(result) }
            wakeUp.signal()
        }
    }

    private static func resolve(_ host: String) -> Result<[String], DialFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(
                DialFailure(message: "the host name '\(host)' has no address: \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if code == 0, !addresses.contains(address) { addresses.append(address) }
        }
        return .success(addresses)
    }
}

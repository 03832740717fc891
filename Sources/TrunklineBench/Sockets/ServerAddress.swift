import Glibc

/// The address of the server, found once. Corresponds to `getaddrinfo(3)`.
struct ServerAddress: Sendable {
    private let storage: sockaddr_storage
    private let length: socklen_t
    let family: Int32

    /// - Throws: the resolver's words when the host has no address.
    init(host: String, port: UInt16) throws(BenchError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, "\(port)", &hints, &found)
        defer { freeaddrinfo(found) }
        guard result == 0, let first = found?.pointee, let address = first.ai_addr else {
            throw .unreachable("cannot find \(host): \(String(cString: gai_strerror(result)))")
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
        }
        self.storage = storage
        length = first.ai_addrlen
        family = first.ai_family
    }

    /// Begins to connect a socket there. Corresponds to `connect(2)`, whose `errno` it leaves.
    func connect(_ descriptor: Int32) -> Int32 {
        withUnsafeBytes(of: storage) {
            Glibc.connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// Where to connect from; `nil` leaves it to the kernel.
    ///
    /// One address has some 28,000 ports to connect from, which one run after the other uses up while the kernel keeps those
    /// of the run before. A machine has many addresses of its own: eight are taken in turn.
    func source(_ number: Int) -> sockaddr_in? {
        guard family == AF_INET else { return nil }
        let server = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) }
        guard UInt32(bigEndian: server.sin_addr.s_addr) >> 24 == 127 else { return nil }
        var source = sockaddr_in()
        source.sin_family = sa_family_t(AF_INET)
        source.sin_addr.s_addr = (0x7f00_0101 + UInt32(number % 8)).bigEndian
        return source
    }
}

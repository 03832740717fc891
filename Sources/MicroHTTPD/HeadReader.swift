import CMicroHTTPD

/// Copies the head of a request out of libmicrohttpd, in the first call of the handler.
struct HeadReader {
    private(set) var head = RequestHead()
    private var layout: HeadLayout?

    init(layout: HeadLayout?) {
        self.layout = layout
    }

    /// Takes all header fields. Corresponds to `MHD_get_connection_values_n`.
    mutating func readFields(of connection: OpaquePointer, headByteCount: Int) {
        head.reserve(
            fieldCount: MHD_get_connection_values_n(connection, .HEADER_KIND, nil, nil), headByteCount: headByteCount)
        withUnsafeMutablePointer(to: &self) { reader in
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, readField, reader)
        }
        if let layout, !layout.isComplete {
            head.refuse("the head holds a bare LF, a folded line, NUL or extra spaces (RFC 9112 §2.2, §5.2)")
        }
    }

    mutating func finish(method: String, target: [UInt8], version: String) {
        head.finish(method: method, target: target, version: version)
    }

    fileprivate mutating func add(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        layout?.addField(name: name, value: value)
        head.addField(name: name, value: value)
    }
}

/// One field of `MHD_get_connection_values_n`.
private func readField(
    _ context: UnsafeMutableRawPointer?, _: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameByteCount: Int,
    _ value: UnsafePointer<CChar>?, _ valueByteCount: Int
) -> MHD_Result {
    guard let context else { return .NO }
    context.assumingMemoryBound(to: HeadReader.self).pointee.add(
        name: bytes(name, nameByteCount), value: bytes(value, valueByteCount))
    return .YES
}

private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) }, count: count)
}

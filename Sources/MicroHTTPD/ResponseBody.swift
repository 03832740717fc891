import CMicroHTTPD
import HTTPTypes

/// The bytes of an answer, at one address for as long as any `MHD_Response` refers to them.
final class ResponseBody: @unchecked Sendable {
    // Sendable: the bytes are written in `init` only.
    private let bytes: UnsafeMutableRawBufferPointer

    var count: Int { bytes.count }

    init(_ body: [UInt8]) {
        bytes = .allocate(byteCount: body.count, alignment: 1)
        bytes.copyBytes(from: body)
    }

    deinit { bytes.deallocate() }

    func append(to other: inout [UInt8]) {
        other.append(contentsOf: bytes)
    }

    /// A new `MHD_Response` with these bytes; its owner destroys it.
    func makeNative(headers: HTTPFields, _ ownHeaders: [Response.OwnHeader]) -> OpaquePointer {
        let context = Unmanaged.passRetained(self).toOpaque()
        guard
            let native = MHD_create_response_from_buffer_with_free_callback_cls(
                bytes.count, bytes.baseAddress, releaseResponseBody, context)
        else { preconditionFailure("no memory for a response of \(bytes.count) bytes") }
        native.addHeaders(headers)
        native.addHeaders(ownHeaders)
        return native
    }
}

/// Balances the `passRetained` of `makeNative`: libmicrohttpd calls it when the last user of the response is done.
private func releaseResponseBody(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<ResponseBody>.fromOpaque(context).release()
}

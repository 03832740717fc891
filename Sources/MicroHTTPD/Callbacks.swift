import CMicroHTTPD
import Glibc
import Threads

// The functions that libmicrohttpd calls. `cls` is the `Worker`, which outlives the daemon; the connection's context is
// retained in STARTED and released in CLOSED, the request's in `onTarget` and in `onCompleted`.

private func worker(_ context: UnsafeMutableRawPointer) -> Worker {
    Unmanaged<Worker>.fromOpaque(context).takeUnretainedValue()
}

/// A connection begins or ends. Corresponds to `MHD_NotifyConnectionCallback`.
func onConnection(
    _ context: UnsafeMutableRawPointer?, _ native: OpaquePointer?,
    _ connectionContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let native, let connectionContext else { return }
    let worker = worker(context)
    worker.noteAsked()
    let core = worker.core
    if code == .CONNECTION_NOTIFY_STARTED {
        worker.noteBegun()
        let returning = worker.returning
        let now = MonotonicInstant.now
        let connection = Connection(native: native, worker: worker, now: now, returning: returning)
        connectionContext.pointee = Unmanaged.passRetained(connection).toOpaque()
        let isServed: Bool
        if let returning {
            // Asked afterwards: whoever comes later to shut it down finds the new one.
            isServed = core.registry.replace(returning.before, by: connection) && !returning.detached.isToEnd
        } else {
            isServed = core.registry.add(connection)
        }
        connection.start(now: now)
        if !isServed { connection.shutDown() }
        // Accepted while a drain began, it was not there yet when the idle ones were closed.
        if core.isDraining { connection.shutDownIfIdle() }
        core.crowding.relieve()
    } else if let own = connectionContext.pointee {
        connectionContext.pointee = nil
        worker.noteEnded()
        let connection = Unmanaged<Connection>.fromOpaque(own).takeRetainedValue()
        // A client that was given away is still there.
        if connection.isDetached {
            core.departing.subtract(1, ordering: .relaxed)
            return
        }
        connection.close()
        core.registry.remove(connection)
    }
}

/// The request line has been read: the target as it was sent. Corresponds to MHD_OPTION_URI_LOG_CALLBACK.
///
/// - Returns: the context of the request.
func onTarget(
    _ context: UnsafeMutableRawPointer, _ target: UnsafePointer<CChar>, _ native: OpaquePointer
) -> UnsafeMutableRawPointer {
    worker(context).noteAsked()
    guard let own = trunkline_connection_context(native) else {
        preconditionFailure("libmicrohttpd reads a request of a connection that was never started")
    }
    let connection = Unmanaged<Connection>.fromOpaque(own).takeUnretainedValue()
    let start = UnsafeRawPointer(target).assumingMemoryBound(to: UInt8.self)
    let bytes = UnsafeBufferPointer(start: start, count: strlen(target))
    let request = RequestContext(connection: connection, target: bytes, targetStart: start)
    if HeadLayout.isKnown, let query = bytes.firstIndex(of: UInt8(ascii: "?")), query + 1 < bytes.count {
        // libmicrohttpd would now make a record of 64 bytes for each argument of the query, which nobody reads. If they do not
        // fit into the connection's memory, it hangs there at 100 % CPU, without an answer. An empty query has no arguments.
        UnsafeMutablePointer(mutating: start)[query + 1] = 0
    }
    return Unmanaged.passRetained(request).toOpaque()
}

/// Leaves the target as it is. Corresponds to MHD_OPTION_UNESCAPE_CALLBACK.
func onUnescape(
    _: UnsafeMutableRawPointer, _: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>
) -> Int {
    strlen(text)
}

/// The head was read, part of the body was, or the request is complete. Corresponds to `MHD_AccessHandlerCallback`.
func onAccess(
    _ context: UnsafeMutableRawPointer?, _ native: OpaquePointer?, _: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?, _ uploadByteCount: UnsafeMutablePointer<Int>?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let native, let method, let version, let uploadByteCount, let own = requestContext?.pointee else {
        return .NO
    }
    worker(context).noteAsked()
    let request = Unmanaged<RequestContext>.fromOpaque(own).takeUnretainedValue()
    let bytes = UnsafeBufferPointer(
        start: upload.map { UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self) }, count: uploadByteCount.pointee)
    uploadByteCount.pointee = 0
    let isGoingOn = request.access(
        native, method: UnsafeRawPointer(method).assumingMemoryBound(to: UInt8.self),
        version: UnsafeRawPointer(version).assumingMemoryBound(to: UInt8.self), upload: bytes)
    return isGoingOn ? .YES : .NO
}

/// The request is over, however it ended. Corresponds to `MHD_RequestCompletedCallback`.
func onCompleted(
    _ context: UnsafeMutableRawPointer?, _: OpaquePointer?, _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _: MHD_RequestTerminationCode
) {
    guard let context, let requestContext, let own = requestContext.pointee else { return }
    worker(context).noteAsked()
    requestContext.pointee = nil
    Unmanaged<RequestContext>.fromOpaque(own).takeRetainedValue().completed()
}

/// A line of libmicrohttpd's log, formatted by the shim.
func onLog(_ context: UnsafeMutableRawPointer, _ line: UnsafePointer<CChar>) {
    var text = String(cString: line)
    while text.last?.isNewline == true { text.removeLast() }
    let worker = worker(context)
    if !isRoutine(text) { worker.core.log(text) }
}

/// Whether a line only says that we ended a connection, as a responder or a client that has gone had us do, or that a client
/// has left while it was written to.
///
/// There is one for each client, and a worker writes it: where thousands leave at once, all workers would wait for whoever
/// reads the log.
private func isRoutine(_ line: String) -> Bool {
    line.hasPrefix("Application reported internal error") || line.contains("(application error generating")
        || line.contains("(application reported error generating")
        || line.hasPrefix("Failed to send the ")
            && (line.hasSuffix("closed by remote peer") || line.hasSuffix("no longer available for sending"))
}

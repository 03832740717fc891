import ServiceLifecycle

/// Returns when the task is cancelled or its service group shuts down gracefully.
package func untilShutDown() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    await cancelWhenGracefulShutdown {
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}

import Threads

/// What ties the two connections together: how to wake each, the heartbeat between them, and the server they share.
struct Links: Sendable {
    let listenerWakeUp: EventDescriptor
    let posterWakeUp: EventDescriptor
    let heartbeat: Heartbeat
    let alliance: Alliance

    /// - Throws: `SystemError` when the process has no descriptors.
    init() throws(SystemError) {
        listenerWakeUp = try EventDescriptor()
        posterWakeUp = try EventDescriptor()
        let wakeUps = [ConnectionRole.listener: listenerWakeUp, .poster: posterWakeUp]
        heartbeat = Heartbeat(wakeUps: wakeUps)
        alliance = Alliance(wakeUps: wakeUps)
    }
}

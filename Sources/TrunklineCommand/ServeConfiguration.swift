import ArgumentParser
import Logging
import Trunkline
import TrunklineHTTP

/// All that `trunkline serve` was told, checked: the flags over the environment over the defaults.
struct ServeConfiguration {
    let logLevel: Logger.Level
    /// `nil` is libpq's environment; so is an empty connection string.
    let database: String?
    let hub: HubConfiguration
    let server: ServerConfiguration

    /// - Parameters:
    ///   - settings: parsed from the command line.
    ///   - environment: of the process.
    /// - Throws: a sentence about the first setting that is unknown or has a wrong value.
    init(_ settings: Settings, environment: [String: String]) throws(ValidationError) {
        let sources = try SettingSources(of: settings.all, environment: environment)
        logLevel = try sources.value(of: settings.logLevel)
        let connection = try sources.value(of: settings.database)
        database = connection == "" ? nil : connection
        hub = try settings.hubConfiguration(from: sources)
        server = try settings.serverConfiguration(from: sources)
    }
}

extension Settings {
    fileprivate func hubConfiguration(from sources: SettingSources) throws(ValidationError) -> HubConfiguration {
        var configuration = HubConfiguration()
        configuration.linger = try sources.value(of: linger)
        configuration.historyCount = try sources.value(of: historyCount)
        configuration.historyBytes = try sources.value(of: historyBytes)
        configuration.historyAge = try sources.value(of: historyAge)
        configuration.historyBytesTotal = try sources.value(of: historyBytesTotal)
        configuration.postTimeout = try sources.value(of: postTimeout)
        configuration.channelsMax = try sources.value(of: maxChannels)
        return configuration
    }

    fileprivate func serverConfiguration(from sources: SettingSources) throws(ValidationError) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.listen = try sources.value(of: listen)
        configuration.heartbeat = try sources.value(of: heartbeat)
        configuration.stallTimeout = try sources.value(of: stallTimeout)
        configuration.headTimeout = try sources.value(of: headTimeout)
        configuration.bodyTimeout = try sources.value(of: bodyTimeout)
        configuration.idleTimeout = try sources.value(of: idleTimeout)
        configuration.headBytesMax = try sources.value(of: maxHead)
        configuration.bodyBytesMax = try sources.value(of: maxBody)
        configuration.heldMax = try sources.value(of: maxHeld)
        configuration.channelsPerRequestMax = try sources.value(of: maxChannelsPerRequest)
        configuration.drainDelay = try sources.value(of: drainDelay)
        configuration.drainTimeout = try sources.value(of: drainTimeout)
        if let workers = try sources.value(of: workers) { configuration.workers = workers }
        configuration.detachesHeld = try sources.value(of: detachHeld)
        configuration.allowsGetPost = try sources.value(of: allowGetPost)
        configuration.allowedHosts = try sources.value(of: allowedHosts)
        return configuration
    }
}

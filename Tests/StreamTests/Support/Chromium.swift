import TestSupport

/// Headless Chromium with one page open. It never calls anything but 127.0.0.1.
final class Chromium: Sendable {
    private let process: ChildProcess
    private let profile: ScratchDirectory

    init(opening url: String) throws {
        let path = try InstalledProgram.path("/usr/bin/chromium", "/usr/bin/chromium-browser", package: "chromium")
        profile = try ScratchDirectory()
        process = try ChildProcess(
            path,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--user-data-dir=\(profile.path)", url,
            ], environment: [String: String].inherited.merging(["HOME": profile.path]) { $1 }, in: profile.path)
    }

    /// What it complains of.
    var complaints: String { process.errors.text }
}

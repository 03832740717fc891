import Foundation

/// nginx with the configuration that is shipped, as an ordinary user, in front of a server.
package final class Nginx: Sendable {
    package let port: UInt16
    private let process: ChildProcess
    private let directory: ScratchDirectory

    /// - Parameters:
    ///   - server: the port of the server.
    ///   - changes: directives to replace, by what they are replaced with.
    package init(to server: UInt16, changes: [String: String] = [:]) throws {
        directory = try ScratchDirectory()
        port = try RawConnection.unusedPort()
        var configuration = try PackageFiles.content(of: "config/nginx.conf")
        let all = ["server 127.0.0.1:8080;": "server 127.0.0.1:\(server);", "listen 80;": "listen 127.0.0.1:\(port);"]
        for (directive, replacement) in all.merging(changes, uniquingKeysWith: { $1 }) {
            guard configuration.contains(directive) else { throw TestSupportError("nginx.conf has no '\(directive)'") }
            configuration = configuration.replacing(directive, with: replacement)
        }
        _ = try directory.write(configuration, to: "trunkline.conf")
        let main = try directory.write(Self.main(directory.path), to: "nginx.conf")
        let nginx = try InstalledProgram.path("/usr/sbin/nginx", package: "nginx")
        process = try .unprivileged(nginx, ["-e", "stderr", "-p", directory.path, "-c", main])
        try blockUntil("nginx listens") {
            if process.pollExit() != nil { throw TestSupportError("nginx has ended: \(process.errors.text)") }
            do {
                _ = try connect()
                return true
            } catch {
                return false
            }
        }
    }

    /// The beginning of its URLs.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// What it complains of.
    package var complaints: [String] { process.errors.lines }

    /// A connection to it.
    package func connect(patience: Duration = .seconds(20)) throws -> RawConnection {
        try RawConnection(port: port, patience: patience)
    }

    /// Sends a request on a connection of its own.
    package func send(
        _ method: String = "GET", _ target: String, _ fields: [String] = [], body: [UInt8]? = nil,
        patience: Duration = .seconds(20)
    ) throws -> RawConnection {
        let connection = try connect(patience: patience)
        try connection.sendRequest(method, target, fields, body: body)
        return connection
    }

    /// What Debian's own main file would have, for one user and one process: killed, it leaves no worker behind.
    private static func main(_ directory: String) -> String {
        """
        daemon off;
        master_process off;
        pid \(directory)/pid;
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            include \(directory)/trunkline.conf;
        }
        """
    }
}

import Glibc

/// As whom the programs of PostgreSQL run: `initdb` and `postgres` refuse to run as root.
struct ServerAccount: Sendable {
    /// `nil` when we are an ordinary user and the programs run as ourselves.
    private let name: String?

    init() {
        guard getuid() == 0 else {
            name = nil
            return
        }
        // A plain Debian has this user with its postgresql package; elsewhere any powerless one will do.
        name = getpwnam("postgres") == nil ? "nobody" : "postgres"
    }

    /// Runs one of these programs to its end.
    ///
    /// - Parameter launcher: a program with its arguments that runs it; it has our rights still.
    @discardableResult
    func check(_ executable: String, _ arguments: [String], launcher: [String] = []) throws -> String {
        var command = launcher
        if let name {
            command += ["setpriv", "--reuid=\(name)", "--regid=\(try groupID(of: name))", "--clear-groups", "--"]
        }
        command += [executable] + arguments
        // From a directory that the account can enter, for the programs look for themselves there.
        return try ChildProcess.check(
            ProcessEnvironment.path(of: command[0]), Array(command.dropFirst()), in: "/")
    }

    /// Gives a directory to the account.
    func takeOver(_ directory: String) throws {
        guard let name, let entry = getpwnam(name) else { return }
        guard chown(directory, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
            throw TestSupportError("cannot give \(directory) to \(name)")
        }
    }

    private func groupID(of name: String) throws -> gid_t {
        guard let entry = getpwnam(name) else { throw TestSupportError("there is no user \(name)") }
        return entry.pointee.pw_gid
    }
}

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
    @discardableResult
    func check(_ executable: String, _ arguments: [String]) throws -> String {
        // From a directory that the account can enter, for the programs look for themselves there.
        guard let name else { return try ChildProcess.check(executable, arguments, in: "/") }
        let setpriv = try ProcessEnvironment.path(of: "setpriv")
        let change = ["--reuid=\(name)", "--regid=\(try groupID(of: name))", "--clear-groups", "--", executable]
        return try ChildProcess.check(setpriv, change + arguments, in: "/")
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

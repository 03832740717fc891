/// Lets a program know names that nobody else knows, and ask for all others where there is never an answer.
///
/// The program sees a hosts file and a resolver's configuration of its own, in a mount namespace that ends with it.
package final class PrivateNames: Sendable {
    private static let ownNames = "127.0.0.1 localhost\n"

    private let directory: ScratchDirectory

    /// - Parameter nameServer: the address that is asked for unknown names.
    package init(nameServer: String) throws {
        directory = try ScratchDirectory()
        try directory.write("nameserver \(nameServer)\n", to: "resolv.conf")
        try directory.write(Self.ownNames, to: "hosts")
    }

    /// What starts the program.
    package var launcher: [String] {
        let mount = """
            mount --bind '\(directory.path)/hosts' /etc/hosts &&
            mount --bind '\(directory.path)/resolv.conf' /etc/resolv.conf && exec "$@"
            """
        return ["unshare", "--mount", "/bin/sh", "-c", mount, "sh"]
    }

    /// Makes a name known from now on.
    package func add(_ name: String, _ address: String) throws {
        try directory.write("\(Self.ownNames)\(address) \(name)\n", to: "hosts")
    }

    /// Makes all names unknown from now on but the machine's own.
    package func removeAll() throws {
        try directory.write(Self.ownNames, to: "hosts")
    }
}

import Foundation
import Glibc

extension ChildProcess {
    /// Starts a program as a user without any rights when we are root: some refuse to run as root, and none needs to.
    package static func unprivileged(_ executable: String, _ arguments: [String]) throws -> ChildProcess {
        guard getuid() == 0 else { return try ChildProcess(executable, arguments, in: "/") }
        let setpriv = try ProcessEnvironment.path(of: "setpriv")
        let change = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", executable]
        return try ChildProcess(setpriv, change + arguments, in: "/")
    }
}

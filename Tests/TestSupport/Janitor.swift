import Foundation
import Glibc

/// Owns the directory below which the tests put everything, and sees to it that nothing outlives them.
///
/// A shell of its own session sleeps on a pipe from the test process. However that process ends, also by a crash, the pipe
/// ends with it; the shell then stops each database and program that it finds below the directory, unmounts what was mounted
/// there, and deletes all.
final class Janitor: Sendable {
    private static let result = Result { try Janitor() }

    /// The one of this process; made at its first use.
    static var shared: Janitor { get throws { try result.get() } }

    /// Below `TRUNKLINE_TEST_DIRECTORY` if that is set, else below `/tmp`; every user may enter it.
    let directory: String
    private let pid: pid_t
    private let lifeline: Int32

    /// `$1` is the directory. A postmaster that is stopped by a test must go on in order to end.
    private static let script = """
        cat >/dev/null
        for file in "$1"/processes/*; do
            [ -e "$file" ] && kill -KILL "${file##*/}"
        done
        for file in "$1"/*/data/postmaster.pid; do
            [ -e "$file" ] && read -r pid <"$file" && kill -QUIT "$pid" && kill -CONT "$pid"
        done
        while read -r device place rest; do
            case "$place" in "$1"/*) umount -l "$place" ;; esac
        done </proc/mounts
        for attempt in 1 2 3 4 5 6 7 8 9 10; do
            rm -rf "$1" && exit
            sleep 1
        done
        """

    private init() throws {
        // A program that ends early must not end the tests that write to it.
        signal(SIGPIPE, SIG_IGN)
        let parent = ProcessEnvironment.variables["TRUNKLINE_TEST_DIRECTORY"] ?? "/tmp"
        var template = Array("\(parent)/trunkline-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestSupportError("cannot make a directory below \(parent)") }
        directory = String(cString: made)
        // The databases run as another user, who must be able to pass.
        guard chmod(directory, 0o755) == 0 else { throw TestSupportError("cannot open \(directory) to all") }
        try FileManager.default.createDirectory(atPath: "\(directory)/processes", withIntermediateDirectories: false)
        let pipe = try makePipe()
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer {
            close(pipe.reading)
            close(nowhere)
        }
        pid = try spawn(
            "/bin/sh", ["-c", Self.script, "janitor", directory], environment: ["PATH": "/usr/bin:/bin"],
            descriptors: (pipe.reading, nowhere, nowhere), in: "/", isOwnSession: true)
        lifeline = pipe.writing
        atexit { Janitor.finish() }
    }

    /// Notes a process that must not outlive the tests.
    func add(_ pid: pid_t) throws {
        guard FileManager.default.createFile(atPath: "\(directory)/processes/\(pid)", contents: nil) else {
            throw TestSupportError("cannot note process \(pid) below \(directory)")
        }
    }

    /// Forgets a process that has ended.
    static func remove(_ pid: pid_t) {
        if case .success(let janitor) = result { unlink("\(janitor.directory)/processes/\(pid)") }
    }

    /// Ends what is left and waits for it, so that nothing runs any more when the tests have ended.
    private static func finish() {
        guard case .success(let janitor) = result else { return }
        close(janitor.lifeline)
        waitpid(janitor.pid, nil, 0)
    }
}

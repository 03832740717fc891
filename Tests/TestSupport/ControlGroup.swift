import Foundation
import Glibc

/// A memory limit for one program, kept by the kernel; see `cgroups(7)`. Needs root, and is removed with the last reference to
/// it, when the program has ended.
package final class ControlGroup: Sendable {
    private let directory: String
    private let isSecondVersion: Bool

    /// - Parameter memoryBytes: how much memory the program may use; beyond that the kernel kills it.
    /// - Throws: a `TestSupportError` where groups cannot be made.
    package init(memoryBytes: Int) throws {
        let root = "/sys/fs/cgroup"
        isSecondVersion = FileManager.default.fileExists(atPath: "\(root)/cgroup.controllers")
        directory = "\(root)/\(isSecondVersion ? "" : "memory/")trunkline-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(directory, 0o755) == 0 else {
            throw TestSupportError("cannot make \(directory): error \(errno); this needs root and control groups of memory")
        }
        try write("\(memoryBytes)", to: isSecondVersion ? "memory.max" : "memory.limit_in_bytes")
    }

    deinit { rmdir(directory) }

    /// A launcher of programs that run in this group; see `ServerProcess`.
    package var launcher: [String] {
        ["/bin/sh", "-c", "echo $$ >\(directory)/cgroup.procs && exec \"$@\"", "group"]
    }

    /// How often the kernel has killed for lack of memory.
    package var killCount: Int {
        get throws {
            let file = isSecondVersion ? "memory.events" : "memory.oom_control"
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("oom_kill ") }),
                let count = Int(line.dropFirst("oom_kill ".count))
            else { throw TestSupportError("\(file) is not as expected: \(text)") }
            return count
        }
    }

    /// The most memory that was in use, buffers of the kernel included where it counts them.
    package var peakBytes: Int {
        get throws {
            let file = isSecondVersion ? "memory.peak" : "memory.max_usage_in_bytes"
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        }
    }

    private func write(_ value: String, to file: String) throws {
        // No file is created there: the kernel has made it with the group.
        let handle = try FileHandle(forWritingTo: URL(filePath: "\(directory)/\(file)"))
        try handle.write(contentsOf: Data(value.utf8))
        try handle.close()
    }
}

import Glibc
import TestSupport

/// A file system of its own in place of one directory of a stopped cluster, so small that it can be filled. Needs to be root.
final class SmallDisk: Sendable {
    private let directory: String
    private var filler: String { "\(directory)/filler" }

    /// Mounts, and takes over what the directory holds.
    ///
    /// - Parameters:
    ///   - directory: below the data directory.
    ///   - byteCount: what fits on it.
    init(_ directory: String, of cluster: PostgresCluster, byteCount: Int) throws {
        self.directory = "\(cluster.dataDirectory)/\(directory)"
        let place = self.directory
        let aside = "\(cluster.directory)/aside-\(directory)"
        // The account that PostgreSQL runs as owns it, whoever that is.
        let owner = try Self.run("stat", "--format=%u:%g", place).split(separator: ":")
        try Self.run("mv", place, aside)
        try Self.run("mkdir", place)
        let options = "size=\(byteCount),mode=700,uid=\(owner[0]),gid=\(owner[1].filter(\.isNumber))"
        try Self.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", place)
        try Self.run("cp", "-a", "\(aside)/.", place)
    }

    deinit {
        // The server may hold it still: it goes when that has ended.
        umount2(directory, Int32(MNT_DETACH))
    }

    /// Leaves so many bytes free.
    func fill(leaving byteCount: Int) throws {
        let free = try Self.run("stat", "--file-system", "--format=%a %S", directory).split(whereSeparator: \.isWhitespace)
        guard free.count == 2, let blockCount = Int(free[0]), let blockBytes = Int(free[1]) else {
            throw TestSupportError("cannot tell how full \(directory) is: \(free)")
        }
        try Self.run("fallocate", "--length", "\(max(blockBytes, blockCount * blockBytes - byteCount))", filler)
    }

    /// Gives the space back.
    func empty() throws {
        try Self.run("rm", filler)
    }

    @discardableResult
    private static func run(_ command: String...) throws -> String {
        try ChildProcess.check("/usr/bin/env", command)
    }
}

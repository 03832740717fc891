import Foundation
import Glibc

/// What the server uses, from `/proc`; see `proc(5)`.
extension ServerProcess {
    /// Its memory that is in RAM.
    package var residentBytes: Int {
        get throws { try number(in: "statm", 1) * sysconf(Int32(_SC_PAGESIZE)) }
    }

    /// How many descriptors it has open.
    package var openDescriptors: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count }
    }

    /// The number that its next descriptor would get.
    package var nextDescriptor: Int {
        get throws {
            let open = try Set(FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap { Int($0) })
            return (0...open.count).first { !open.contains($0) } ?? open.count
        }
    }

    /// Sets how many descriptors it may have, from now on.
    ///
    /// - Parameter count: no more than it was started with; `nil` for that many.
    package func limitDescriptors(to count: Int?) throws {
        let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
        guard let most = limits.firstMatch(of: #/Max open files +[0-9]+ +([0-9]+)/#).flatMap({ Int($0.1) }) else {
            throw TestSupportError("no limit of open files in \(limits)")
        }
        try ChildProcess.check("/usr/bin/prlimit", ["--pid", "\(pid)", "--nofile=\(count ?? most):\(most)"])
    }

    /// How many threads it has.
    package var threadCount: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count }
    }

    /// How many arenas its memory has, beside the first: 64 MiB of addresses each, of which it uses the beginning.
    package var arenaCount: Int {
        get throws {
            let maps = try String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8)
            let places = maps.matches(of: #/(?m)^([0-9a-f]+)-([0-9a-f]+) (\S+)/#).map {
                (start: Int($0.1, radix: 16) ?? 0, end: Int($0.2, radix: 16) ?? 0, access: $0.3)
            }
            return zip(places, places.dropFirst()).count { used, rest in
                used.start % (64 << 20) == 0 && used.access == "rw-p" && rest.access == "---p" && used.end == rest.start
                    && rest.end - used.start == 64 << 20
            }
        }
    }

    /// The time it has spent on a processor, for itself and in the kernel.
    package var cpuSeconds: Double {
        get throws {
            // Fields 14 and 15 of the line, counted here from the one after the program's name.
            let ticks = try number(in: "stat", 11) + number(in: "stat", 12)
            return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// A field of a file of `/proc`; in `stat` they are counted after the name in parentheses, which may hold spaces.
    private func number(in file: String, _ index: Int) throws -> Int {
        let data = try Data(contentsOf: URL(filePath: "/proc/\(pid)/\(file)"))
        let text = String(decoding: data, as: UTF8.self)
        let fields = (text.split(separator: ")").last ?? "").split(whereSeparator: \.isWhitespace)
        guard fields.indices.contains(index), let number = Int(fields[index]) else {
            throw TestSupportError("/proc/\(pid)/\(file) is not as expected: \(text)")
        }
        return number
    }
}

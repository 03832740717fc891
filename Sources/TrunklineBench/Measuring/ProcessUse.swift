import FoundationEssentials
import Glibc

/// What some processes and all their descendants have used so far, from `/proc`; see `proc(5)`.
struct ProcessUse {
    /// On a processor, for themselves and in the kernel, with that of children which have ended.
    private(set) var cpuSeconds = 0.0
    /// Memory in RAM. What processes share is counted for each.
    private(set) var residentBytes = 0

    private struct Row {
        let pid: Int32
        let parent: Int32
        let ticks: Int
        let pages: Int
    }

    /// - Throws: `BenchError.unusable` when one of the processes is not there.
    init(of roots: [Int32]) throws(BenchError) {
        let rows = Self.rows()
        var wanted = Set(roots)
        if let missing = roots.first(where: { root in !rows.contains { $0.pid == root } }) {
            throw .unusable("there is no process \(missing)")
        }
        // A parent may stand behind its children.
        var before = 0
        while wanted.count != before {
            before = wanted.count
            wanted.formUnion(rows.filter { wanted.contains($0.parent) }.map(\.pid))
        }
        for row in rows where wanted.contains(row.pid) {
            cpuSeconds += Double(row.ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
            residentBytes += row.pages * sysconf(Int32(_SC_PAGESIZE))
        }
    }

    private static func rows() -> [Row] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: "/proc") } catch { return [] }
        return names.compactMap { name in Int32(name).flatMap(row) }
    }

    private static func row(_ pid: Int32) -> Row? {
        let text: String
        // It has ended in the meantime.
        do { text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) } catch { return nil }
        // The name of the program stands in parentheses, and may hold anything.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let parent = Int32(fields[1]), let pages = Int(fields[21]) else { return nil }
        return Row(pid: pid, parent: parent, ticks: fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }, pages: pages)
    }
}

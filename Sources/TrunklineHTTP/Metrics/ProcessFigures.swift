import Glibc
import Logging

/// What this process uses, by the names that Prometheus has for it. What cannot be read is left out.
struct ProcessFigures: Sendable {
    private let proc: ProcDirectory
    private let logger: Logger

    /// - Parameters:
    ///   - directory: another one than `/proc`, for tests.
    ///   - logger: told why a figure is left out.
    init(directory: String = "/proc", logger: Logger) {
        proc = ProcDirectory(path: directory)
        self.logger = logger
    }

    func write(to exposition: inout Exposition) {
        add(
            "process_cpu_seconds_total", .counter, "Time on processors, its own and in the kernel.",
            try (proc.number(11, in: "self/stat") + proc.number(12, in: "self/stat")) / ticksPerSecond, to: &exposition)
        add(
            "process_max_fds", .gauge, "The most descriptors that may be open.",
            try proc.number(after: "Max open files ", in: "self/limits"), to: &exposition)
        // Without the one by which they are counted.
        add(
            "process_open_fds", .gauge, "Descriptors that are open.",
            try Double(proc.entryCount(of: "self/fd") - 1), to: &exposition)
        add(
            "process_resident_memory_bytes", .gauge, "Memory that is in RAM.",
            try proc.number(1, in: "self/statm") * Double(sysconf(Int32(_SC_PAGESIZE))), to: &exposition)
        add(
            "process_start_time_seconds", .gauge, "When the process was started, since 1970 in UTC.",
            try proc.number(after: "btime ", in: "stat") + proc.number(19, in: "self/stat") / ticksPerSecond,
            to: &exposition)
    }

    private var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    private func add(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String,
        _ value: @autoclosure () throws(ProcDirectory.Unreadable) -> Double, to exposition: inout Exposition
    ) {
        do throws(ProcDirectory.Unreadable) {
            let value = try value()
            exposition.begin(name, kind, help: help)
            exposition.add(name, "", Exposition.number(value))
        } catch {
            logger.debug("\(name) is left out: \(error)")
        }
    }
}

import Foundation
import Logging
import TestSupport
import Testing

@testable import TrunklineHTTP

@Suite("The figures of the process")
struct ProcessFiguresTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func text(_ directory: String) -> String {
        var exposition = Exposition()
        ProcessFigures(directory: directory, logger: logger).write(to: &exposition)
        return exposition.text
    }

    /// A directory with these files, while `body` runs.
    private func withFiles(_ files: [String: String], _ body: (String) -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "proc-\(UUID())")
        try FileManager.default.createDirectory(at: directory.appending(path: "self/fd"), withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        for (path, content) in files { try Data(content.utf8).write(to: directory.appending(path: path)) }
        body(directory.path)
    }

    private let files = [
        "stat": "cpu  1 2 3\nbtime 1700000000\nprocesses 5\n",
        "self/stat": "7 (a) b) R 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 12345 4096 3 0\n",
        "self/statm": "1000 250 30 1 0 90 0\n",
        "self/limits": "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024       524288       files\n",
        "self/fd/0": "", "self/fd/1": "", "self/fd/2": "",
    ]

    @Test("are those of the files of the system, also where a program's name is made to confuse")
    func values() throws {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        try withFiles(files) { directory in
            let lines = text(directory).split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(
                lines == [
                    "process_cpu_seconds_total \(Exposition.number(200 / ticks))", "process_max_fds 1024", "process_open_fds 2",
                    "process_resident_memory_bytes \(250 * sysconf(Int32(_SC_PAGESIZE)))",
                    "process_start_time_seconds \(Exposition.number(1_700_000_000 + 12_345 / ticks))",
                ])
        }
    }

    @Test(
        "are left out, each by itself, where a file is missing or not as expected",
        arguments: [
            ("self/stat", ["process_cpu_seconds_total", "process_start_time_seconds"]),
            ("stat", ["process_start_time_seconds"]),
            ("self/statm", ["process_resident_memory_bytes"]), ("self/limits", ["process_max_fds"]),
        ])
    func unreadable(file: String, names: [String]) throws {
        let all = [
            "process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes",
            "process_start_time_seconds",
        ]
        // None of them is quite empty: for each file without a byte Foundation 6.3 leaks the 4,096 it wanted to read into.
        for content in [nil, "\n", "x", "Max open files            unlimited\n"] {
            var files = files
            files[file] = content
            try withFiles(files) { directory in
                let types = text(directory).split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
                #expect(types.map { String($0.split(separator: " ")[2]) } == all.filter { !names.contains($0) })
            }
        }
        #expect(text("/nowhere") == "")
    }
}

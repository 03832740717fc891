import Foundation
import Glibc
import TestSupport

/// The loop of the manual in a shell, with the real curl: what it prints is what was seen.
///
/// What curl has printed of an answer that is cut off cannot be taken back, and comes again: payloads have a beginning `<` and
/// an end `>`, so that a half one is told from a whole one.
package struct CurlLoopReader: RecordingReader {
    package let log: ReaderLog
    private let channel: String
    private let port: UInt16
    private let directory: String

    /// - Parameter directory: where the loop keeps its two files; made here.
    package init(_ channel: String, port: UInt16, directory: String) {
        log = ReaderLog(name: "curl", channels: [channel], mayRepeat: true)
        self.channel = channel
        self.port = port
        self.directory = directory
    }

    /// As it stands in the manual, but for the address.
    ///
    /// An answer that ends within its head is a success for curl 7.88, with an empty ETag, or with one and no body: so the
    /// head must be seen to its last line, which is empty but for its CR.
    package static func loop(_ url: String) -> String {
        "while :; do curl -sf -D h -w '%{stderr}%header{trunkline-gap}' --etag-compare c --etag-save n '\(url)' "
            + "&& tail -n1 h | grep -qx . && mv n c || sleep 1; done"
    }

    package func read() async throws {
        try await offPool {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let url = "http://localhost:\(port)/wait?channel=\(channel)&timeout=2&limit=1000"
            // The gaps come into the same pipe, so that their place among the payloads is known.
            let process = try ChildProcess("/bin/bash", ["-c", "exec 2>&1\n" + Self.loop(url)], in: directory)
            var takenCount = 0
            while !log.isOver {
                let output = process.output.bytes
                takenCount += take(String(decoding: output[takenCount...], as: UTF8.self))
                usleep(5_000)
            }
            process.signal(SIGKILL)
        }
    }

    /// - Returns: how many bytes were understood; the rest may be the beginning of something.
    private func take(_ text: String) -> Int {
        var end = text.startIndex
        for match in text.matches(of: #/<[^<>\n]*>|reconnected|expired|unlistened|restarted|overflow/#) {
            let word = String(match.output)
            if word.hasPrefix("<") {
                log.note(.notification(channel: channel, payload: word))
            } else {
                log.note(.gap(reason: word, channels: nil, id: nil))
            }
            end = match.range.upperBound
        }
        return text.utf8.distance(from: text.startIndex, to: end)
    }
}

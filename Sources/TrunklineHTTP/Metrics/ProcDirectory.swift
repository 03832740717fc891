import FoundationEssentials

/// The files in which Linux tells about itself and this process; see `proc(5)`.
struct ProcDirectory: Sendable {
    /// A file that is not there, or not as expected.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    let path: String

    /// The fields of a line, those before the last closing parenthesis as one: the name of a program may hold anything.
    func fields(of file: String) throws(Unreadable) -> [Substring] {
        try content(of: file).split(separator: ")").last?.split { $0 == " " || $0 == "\n" } ?? []
    }

    /// One of these fields that is a number.
    func number(_ index: Int, in file: String) throws(Unreadable) -> Double {
        let fields = try fields(of: file)
        guard fields.indices.contains(index), let number = Double(fields[index]) else { throw unexpected(file) }
        return number
    }

    /// The number that follows the beginning of a line.
    func number(after beginning: String, in file: String) throws(Unreadable) -> Double {
        let line = try content(of: file).split(separator: "\n").first { $0.hasPrefix(beginning) }
        let text = line?.dropFirst(beginning.count).split(separator: " ").first
        guard let number = text.flatMap({ Double($0) }) else { throw unexpected(file) }
        return number
    }

    /// How many entries a directory has.
    func entryCount(of directory: String) throws(Unreadable) -> Int {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(directory)").count
        } catch {
            throw Unreadable(description: "\(path)/\(directory) cannot be read: \(error)")
        }
    }

    private func content(of file: String) throws(Unreadable) -> String {
        do {
            return try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
        } catch {
            throw Unreadable(description: "\(path)/\(file) cannot be read: \(error)")
        }
    }

    private func unexpected(_ file: String) -> Unreadable {
        Unreadable(description: "\(path)/\(file) is not as expected")
    }
}

import Glibc

/// Strings out of C that are nearly always one of a few: to find out which takes less than to make one of its bytes.
enum KnownText {
    static func method(_ text: UnsafePointer<UInt8>) -> String {
        isText(text, "GET") ? "GET" : isText(text, "POST") ? "POST" : String(cString: text)
    }

    static func version(_ text: UnsafePointer<UInt8>) -> String {
        isText(text, "HTTP/1.1") ? "HTTP/1.1" : String(cString: text)
    }

    /// - Parameters:
    ///   - text: ends with NUL.
    ///   - known: a literal, so it does, too.
    private static func isText(_ text: UnsafePointer<UInt8>, _ known: StaticString) -> Bool {
        let text = UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self)
        return strcmp(text, UnsafeRawPointer(known.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
    }
}

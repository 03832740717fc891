import Glibc

/// A system call that failed, with the system's words.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    package let code: Int32

    /// Captures `errno` of the call that has just failed.
    package init(_ call: String) {
        self.call = call
        code = errno
    }

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Why a `ListenSocket` could not be made, in one sentence.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

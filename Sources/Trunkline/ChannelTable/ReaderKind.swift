/// What sort of reader somebody is, for those who count them: a word of whoever attaches it.
package struct ReaderKind: Hashable, Sendable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    /// A task of this process, which waits or follows.
    package static let library = ReaderKind("library")
}

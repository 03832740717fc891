/// Why the surroundings of a test could not be made or did not behave: a sentence for the person who reads the failure.
package struct TestSupportError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

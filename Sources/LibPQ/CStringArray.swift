import Glibc

/// A NULL-terminated array of C strings, as `PQconnectStartParams` takes it.
struct CStringArray: ~Copyable {
    private let storage: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    /// The array, valid while this value lives.
    var pointers: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(storage) }

    init(_ strings: [String]) {
        count = strings.count
        storage = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            storage[index] = string.withCString { UnsafePointer(strdup($0)) }
        }
        storage[count] = nil
    }

    deinit {
        for index in 0..<count { free(UnsafeMutablePointer(mutating: storage[index])) }
        storage.deallocate()
    }
}

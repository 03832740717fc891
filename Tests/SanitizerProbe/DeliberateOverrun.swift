/// A read behind the end of an allocation, as an overlay would that takes a count for a size.
enum DeliberateOverrun {
    static func run() {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        bytes.initialize(repeating: 7, count: 16)
        print("read \(bytes[Int.random(in: 16...16)])")
        bytes.deallocate()
    }
}

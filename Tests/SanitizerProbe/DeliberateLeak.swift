/// Objects that are retained for a C callback which never comes.
enum DeliberateLeak {
    private final class Context {
        let bytes = [UInt8](repeating: 1, count: 1_000)
    }

    static func run() {
        for _ in 0..<100 { leak() }
        print("leaked")
    }

    @inline(never)
    private static func leak() {
        _ = Unmanaged.passRetained(Context())
    }
}

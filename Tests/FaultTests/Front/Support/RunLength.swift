import Glibc

/// How long faults last: as long as they are defined, or, where time is short, so long that they can just be seen.
enum RunLength {
    private static let isShort = getenv("TRUNKLINE_FAULTS_SHORT") != nil

    static func of<Value>(full: Value, short: Value) -> Value { isShort ? short : full }
}

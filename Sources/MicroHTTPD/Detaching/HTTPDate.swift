import Glibc

/// The value of the field `Date`, made anew each second at the most (RFC 9110 §5.6.7).
struct HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private var second = time_t.min
    private var text = ""

    /// - Parameter second: since 1970, of the wall clock.
    mutating func text(at second: time_t) -> String {
        guard second != self.second else { return text }
        self.second = second
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(Self.weekdays[Int(parts.tm_wday)]), \(twoDigits(parts.tm_mday)) \(Self.months[Int(parts.tm_mon)])"
        let time = "\(twoDigits(parts.tm_hour)):\(twoDigits(parts.tm_min)):\(twoDigits(parts.tm_sec))"
        text = "\(day) \(parts.tm_year + 1900) \(time) GMT"
        return text
    }
}

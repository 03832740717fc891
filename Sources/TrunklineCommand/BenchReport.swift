import TrunklineBench

/// A result for people.
enum BenchReport {
    /// Lines of a name and what was found, each with its line feed.
    static func text(of result: BenchResult, place: String) -> String {
        var lines = ["\(result.work.rawValue) at \(place)\(result.isInterrupted ? ", interrupted" : "")"]
        if let opening = result.opening {
            add(
                "readers",
                "\(opening.establishedCount) of \(opening.askedCount), connected in \(number(opening.connectSeconds)) s, "
                    + "let in \(number(opening.settleSeconds)) s later", to: &lines)
        }
        if result.work == .hold {
            add("held", "\(result.standingCount ?? 0) after \(number(result.seconds)) s", to: &lines)
        } else {
            add(
                "rate", "\(whole(result.rate)) \(plural(result.unit)) a second: \(result.count) in \(number(result.seconds)) s",
                to: &lines)
        }
        if let latency = result.latency { add("latency", text(of: latency), to: &lines) }
        if let latency = result.postLatency {
            add("posts", "\(result.postCount ?? 0) confirmed; latency " + text(of: latency), to: &lines)
        }
        if let deliveries = result.deliveries { add("checked", text(of: deliveries), to: &lines) }
        if let count = result.repeatedCount, count > 0 {
            add("repeated", "\(count) posts whose delivery did not come", to: &lines)
        }
        lines += faults(result.faults)
        add("server", result.server.map { text(of: $0, per: result.unit) }, to: &lines)
        add("database", result.database.map { text(of: $0, per: result.unit) }, to: &lines)
        add("generator", text(of: result.generator, per: result.unit), to: &lines)
        if result.isGeneratorBusy {
            lines.append("warning: the generator was busy itself: the server may be faster than this")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func add(_ name: String, _ text: String?, to lines: inout [String]) {
        guard let text else { return }
        lines.append("  " + name + String(repeating: " ", count: max(1, 11 - name.count)) + text)
    }

    private static func text(of latency: LatencySummary) -> String {
        let values = [
            ("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("p99.9", latency.p999), ("max", latency.max),
        ]
        return values.map { "\($0.0) \(duration($0.1))" }.joined(separator: ", ")
    }

    private static func text(of deliveries: DeliveryCounts) -> String {
        var text = "\(deliveries.received) received, \(deliveries.missing) missing"
        if deliveries.missingDeclared > 0 { text += " (\(deliveries.missingDeclared) after a declared gap)" }
        text += ", \(deliveries.duplicates) twice"
        if deliveries.reordered > 0 { text += ", \(deliveries.reordered) out of order" }
        return deliveries.gaps > 0 ? text + ", \(deliveries.gaps) gaps declared" : text
    }

    private static func faults(_ faults: Faults) -> [String] {
        var lines: [String] = []
        for refusal in faults.refusals { add("refused", "\(refusal.count) × \(refusal.status): \(refusal.text)", to: &lines) }
        if faults.connectFailures > 0 {
            add("failed", "\(faults.connectFailures) connections: \(faults.connectFailure ?? "")", to: &lines)
        }
        if faults.closed > 0 { add("closed", "\(faults.closed) connections on which something was awaited", to: &lines) }
        if faults.unanswered > 0 { add("unanswered", "\(faults.unanswered) posts", to: &lines) }
        return lines
    }

    private static func text(of use: Use, per unit: String) -> String {
        var text = "\(number(use.cpuSeconds)) s of CPU, \(whole(use.cpuShare * 100)) % of a core"
        if let cost = use.microsecondsPerUnit { text += ", \(number(cost)) µs a \(unit)" }
        if let bytes = use.residentBytes { text += "; \(bytes / 1_024) KiB resident" }
        if let bytes = use.residentBytesPerConnection { text += ", \(whole(bytes)) B more a connection" }
        return text
    }

    private static func plural(_ unit: String) -> String {
        unit.hasSuffix("y") ? unit.dropLast() + "ies" : unit + "s"
    }

    /// Microseconds in the unit that is read most easily.
    private static func duration(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<1_000: "\(number(microseconds)) µs"
        case ..<1_000_000: "\(number(microseconds / 1_000)) ms"
        default: "\(number(microseconds / 1_000_000)) s"
        }
    }

    private static func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }

    /// To three digits.
    private static func number(_ value: Double) -> String {
        let factor = value >= 100 ? 1.0 : value >= 10 ? 10 : value >= 1 ? 100 : 1_000
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}

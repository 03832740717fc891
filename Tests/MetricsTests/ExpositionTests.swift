import CoreMetrics
import TestSupport
import Testing

@testable import TrunklineHTTP

@Suite("The text format of Prometheus")
struct ExpositionTests {
    @Test("families stand in the order of their names, series in that of their labels, whatever came first")
    func order() {
        let registry = MetricsRegistry(help: ["b_total": "What b is."])
        for kind in ["z", "a"] { Counter(label: "b_total", dimensions: [("kind", kind)], factory: registry).increment() }
        Meter(label: "a", factory: registry).set(2)
        let expected = """
            # TYPE a gauge
            a 2
            # HELP b_total What b is.
            # TYPE b_total counter
            b_total{kind="a"} 1
            b_total{kind="z"} 1

            """
        #expect(registry.exposition.text == expected)
        #expect(registry.exposition.text == expected, "the same again")
    }

    @Test("labels are one whatever their order, and stand in the order of their names")
    func labels() {
        #expect(Exposition.labels([("b", "2"), ("a", "1")]) == #"a="1",b="2""#)
        #expect(Exposition.labels([("a", "1"), ("b", "2"), ("a", "3")]) == #"a="1",b="2""#, "none twice")
        let registry = MetricsRegistry()
        Counter(label: "x", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment(by: 2)
        Counter(label: "x", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment(by: 3)
        #expect(registry.exposition.text == "# TYPE x counter\nx{a=\"1\",b=\"2\"} 5\n")
    }

    @Test(
        "what a name may not hold becomes an underscore",
        arguments: [
            ("trunkline_posts_total", "trunkline_posts_total"), ("http.requests-made", "http_requests_made"),
            ("4xx", "_4xx"), ("a:b", "a:b"), ("été", "_t_"), ("", "_"), ("a b\n", "a_b_"),
        ])
    func names(text: String, name: String) {
        #expect(Exposition.name(text) == name)
    }

    @Test("a label's name has no colon either")
    func labelNames() {
        #expect(Exposition.labels([("a:b.c", "d:e.f")]) == #"a_b_c="d:e.f""#)
    }

    @Test(
        "a parser reads back any label's value and any help",
        arguments: ["\"", "\\", "\n", "\\n", "a\"} 1\nb 2", "€ 😀", "{}=,", ""])
    func escaping(text: String) async throws {
        try await offPool {
            let registry = MetricsRegistry(help: ["x": "help \(text) end"])
            Counter(label: "x", dimensions: [("label", text), ("next", "n")], factory: registry).increment()
            let scrape = try Scrape(registry.exposition.text)
            #expect(scrape.families.count == 1)
            #expect(scrape.families[0].help == "help \(text) end")
            #expect(scrape.families[0].samples.map(\.labels) == [["label": text, "next": "n"]])
        }
    }

    @Test(
        "numbers are as short as they can be, and exact",
        arguments: [
            (0, "0"), (-1, "-1"), (1_790_000_000_000, "1790000000000"), (0.1, "0.1"), (0.00001, "1e-05"), (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ])
    func numbers(value: Double, text: String) {
        #expect(Exposition.number(value) == text)
    }
}

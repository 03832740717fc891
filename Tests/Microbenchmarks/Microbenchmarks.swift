/// Nanoseconds and allocations of the pure parts. `scripts/microbench` runs it optimised.
@main
struct Microbenchmarks {
    static func main() throws {
        print("| What | ns | allocations |\n|---|---|---|")
        try TableMeasurements.run()
        try WebMeasurements.run()
        try RequestMeasurements.run()
    }
}

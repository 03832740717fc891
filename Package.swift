// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors, everywhere in this package.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "trunkline",
    products: [
        .library(name: "Trunkline", targets: ["Trunkline"]),
        .executable(name: "trunkline", targets: ["TrunklineCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "Threads", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "LibPQ", dependencies: ["CLibPQ"], swiftSettings: strict),
        .target(
            name: "MicroHTTPD",
            dependencies: [
                "CMicroHTTPD", "Threads",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .target(
            name: "Trunkline",
            dependencies: [
                "LibPQ", "Threads",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "TrunklineHTTP",
            dependencies: [
                "Trunkline", "MicroHTTPD", "Threads",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "TrunklineBench",
            dependencies: [
                "CLinux", "LibPQ", "Threads",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "TrunklineCommand",
            dependencies: [
                "Threads", "Trunkline", "TrunklineBench", "TrunklineHTTP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .systemLibrary(name: "CSpawn", path: "Tests/CSpawn"),
        .target(
            name: "TestSupport", dependencies: ["CSpawn", "Threads"], path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "SanitizerProbe", dependencies: ["Threads"], path: "Tests/SanitizerProbe", swiftSettings: strict),
        .testTarget(
            name: "TestSupportTests", dependencies: ["TestSupport", "Threads"], swiftSettings: strict),
        .testTarget(
            name: "LibPQTests", dependencies: ["LibPQ", "TestSupport", "Threads"], swiftSettings: strict),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: strict),
        .testTarget(
            name: "MicroHTTPDTests",
            dependencies: [
                "MicroHTTPD", "Threads",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrunklineHTTPTests",
            dependencies: [
                "TrunklineHTTP", "Trunkline", "MicroHTTPD",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrunklineCommandTests",
            dependencies: [
                "TestSupport", "TrunklineCommand", "Threads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrunklineBenchTests",
            dependencies: [
                "TestSupport", "Threads", "TrunklineBench", "TrunklineCommand",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .executableTarget(
            name: "Microbenchmarks",
            dependencies: ["CAllocationCount", "MicroHTTPD", "Threads", "Trunkline", "TrunklineHTTP"],
            path: "Tests/Microbenchmarks", swiftSettings: strict),
        .testTarget(
            name: "TrunklineTests",
            dependencies: [
                "Trunkline", "LibPQ", "TestSupport", "Threads",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "LibPQ", "TestSupport", "Threads", "TrunklineCommand",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MetricsTests",
            dependencies: [
                "TestSupport", "Threads", "Trunkline", "TrunklineCommand", "TrunklineHTTP",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            exclude: ["Programs"],
            swiftSettings: strict),
        .target(
            name: "HistoryChecker",
            dependencies: [
                "LibPQ", "TestSupport", "Threads", "Trunkline", "TrunklineHTTP",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/HistoryChecker", swiftSettings: strict),
        .testTarget(
            name: "CheckerTests",
            dependencies: ["HistoryChecker", "TestSupport", "Threads", "Trunkline", "TrunklineCommand"],
            swiftSettings: strict),
        .testTarget(
            name: "FaultTests",
            dependencies: ["HistoryChecker", "LibPQ", "TestSupport", "Threads", "Trunkline", "TrunklineCommand"],
            exclude: ["Front/Process/Programs"],
            swiftSettings: strict),
        .testTarget(
            name: "ReadmeTests", dependencies: ["Trunkline", "TestSupport", "Threads"], swiftSettings: strict),
        .testTarget(
            name: "StreamTests",
            dependencies: [
                "TestSupport", "Threads", "Trunkline", "TrunklineCommand", "TrunklineHTTP",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Clients/Programs"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

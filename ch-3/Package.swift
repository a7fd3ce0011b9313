// swift-tools-version: 6.2
import PackageDescription

// Every target is compiled with the same, strict rules: the Swift 6 language mode (data races are errors),
// imports that say what they expose, existentials marked `any`, and no warning left standing.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "wiki-stats",
    products: [
        .executable(name: "wiki-stats", targets: ["Server"])
    ],
    targets: [
        .executableTarget(
            name: "Server",
            dependencies: ["App", "Configuration", "Lifecycle", "Logging"],
            swiftSettings: strict),
        .target(
            name: "App",
            dependencies: [
                "Configuration", "HTTP", "JSON", "Lifecycle", "Logging",
                "EventSource", "Wikimedia",
                "Stats", "Auth", "CQL", "CassandraStats", "Metrics",
            ],
            swiftSettings: strict),
        .systemLibrary(name: "CLinux"),
        .target(name: "Configuration", swiftSettings: strict),
        .target(
            name: "HTTP",
            dependencies: ["CLinux", "JSON", "Lifecycle", "Locking", "Logging"],
            swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: strict),
        .target(name: "Lifecycle", dependencies: ["CLinux", "Locking", "Logging"], swiftSettings: strict),
        .target(name: "Locking", swiftSettings: strict),
        .target(name: "Logging", dependencies: ["JSON", "Locking"], swiftSettings: strict),

        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        // Without `pkgConfig`: the flags that simdjson gives there define a macro, which SwiftPM answers with a warning.
        .target(
            name: "CSimdJSON", cxxSettings: [.treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "EventSource", dependencies: ["CCurl", "Lifecycle", "Locking", "Logging"], swiftSettings: strict),
        .target(name: "Wikimedia", dependencies: ["EventSource", "JSON", "Locking", "Logging"], swiftSettings: strict),

        .target(name: "Stats", dependencies: ["Locking", "Wikimedia"], swiftSettings: strict),
        .systemLibrary(name: "CJWT", pkgConfig: "libjwt", providers: [.apt(["libjwt-dev"]), .brew(["libjwt"])]),
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
        .target(
            name: "Auth",
            dependencies: ["CJWT", "CSodium", "Configuration", "HTTP", "JSON", "Lifecycle", "Locking", "Logging"],
            swiftSettings: strict),
        .target(name: "Metrics", dependencies: ["Locking"], swiftSettings: strict),
        .target(
            name: "CQL", dependencies: ["CLinux", "Configuration", "Lifecycle", "Locking", "Logging"],
            swiftSettings: strict),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "CassandraStats",
            dependencies: ["CQL", "CZlib", "Lifecycle", "Locking", "Logging", "Metrics", "Stats", "Wikimedia"],
            swiftSettings: strict),

        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "Configuration", "HTTP", "HTTPTestSupport", "Locking", "Logging", "Server", "TestSupport",
                "EventSource", "ScriptedServer",
                "Lifecycle", "Stats", "Wikimedia",
                "Auth", "CQL", "CassandraModel", "CassandraStats", "Metrics", "ScriptedCassandra",
            ],
            swiftSettings: strict),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "HTTPTests",
            dependencies: ["CLinux", "HTTP", "HTTPTestSupport", "JSON", "Locking", "Logging", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LifecycleTests", dependencies: ["Lifecycle", "Locking", "Logging", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "LockingTests", dependencies: ["Locking"], swiftSettings: strict),
        .testTarget(name: "LoggingTests", dependencies: ["Logging", "TestSupport"], swiftSettings: strict),

        .testTarget(
            name: "EventSourceTests",
            dependencies: ["EventSource", "Locking", "Logging", "ScriptedServer", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WikimediaTests",
            dependencies: ["EventSource", "JSON", "Logging", "ScriptedServer", "TestSupport", "Wikimedia"],
            swiftSettings: strict),
        .testTarget(
            name: "StatsTests",
            dependencies: [
                "CQL", "CassandraModel", "CassandraStats", "Logging", "ScriptedCassandra", "Stats", "TestSupport",
                "Wikimedia",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AuthTests",
            dependencies: [
                "Auth", "CSodium", "Configuration", "HTTP", "HTTPTestSupport", "JSON", "Locking", "Logging",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CassandraStatsTests",
            dependencies: [
                "CQL", "CassandraModel", "CassandraStats", "Configuration", "Lifecycle", "Locking", "Logging",
                "ScriptedCassandra", "Stats", "TestSupport", "Wikimedia",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CQLTests",
            dependencies: [
                "CQL", "Configuration", "Lifecycle", "Locking", "Logging", "ScriptedCassandra", "TestSupport",
            ],
            swiftSettings: strict),

        // What several test targets use.
        .target(
            name: "HTTPTestSupport", dependencies: ["HTTP", "Locking", "Logging", "TestSupport"],
            path: "Tests/HTTPTestSupport", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Lifecycle", "Locking", "Logging"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "ScriptedServer", dependencies: ["CLinux", "Lifecycle", "Locking"], path: "Tests/ScriptedServer",
            swiftSettings: strict),
        .target(
            name: "ScriptedCassandra", dependencies: ["Lifecycle", "Locking"], path: "Tests/ScriptedCassandra",
            swiftSettings: strict),
        .target(
            name: "CassandraModel", dependencies: ["Locking", "ScriptedCassandra"], path: "Tests/CassandraModel",
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

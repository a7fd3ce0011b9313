// swift-tools-version: 6.2
import PackageDescription

// The same rules as in the chapters, whose modules below `Generator` and `Simulator` are the latest chapter's, unchanged.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "simulator",
    products: [
        .executable(name: "simulator", targets: ["Simulator"])
    ],
    targets: [
        .executableTarget(
            name: "Simulator",
            dependencies: ["Configuration", "Generator", "HTTP", "JSON", "Lifecycle", "Locking", "Logging"],
            swiftSettings: strict),
        .target(name: "Generator", swiftSettings: strict),

        .systemLibrary(name: "CLinux"),
        .target(name: "Configuration", swiftSettings: strict),
        .target(
            name: "HTTP",
            dependencies: ["CLinux", "JSON", "Lifecycle", "Locking", "Logging"],
            swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "Lifecycle", dependencies: ["CLinux", "Locking", "Logging"], swiftSettings: strict),
        .target(name: "Locking", swiftSettings: strict),
        .target(name: "Logging", dependencies: ["JSON", "Locking"], swiftSettings: strict),

        .testTarget(name: "GeneratorTests", dependencies: ["Generator", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Configuration", "Generator", "HTTP", "HTTPTestSupport", "Locking", "Logging", "Simulator",
                "TestSupport",
            ],
            swiftSettings: strict),

        // What several test targets use.
        .target(
            name: "HTTPTestSupport", dependencies: ["HTTP", "Locking", "Logging", "TestSupport"],
            path: "Tests/HTTPTestSupport", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Lifecycle", "Locking", "Logging"], path: "Tests/TestSupport",
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

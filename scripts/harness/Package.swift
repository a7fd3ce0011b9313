// swift-tools-version: 6.2
import PackageDescription

// Programs that put the modules of the latest chapter under load: `Modules` is a link to its folder, so nothing is
// copied here. scripts/fuzz, scripts/bench and scripts/lifecycle build and run them, each its own by `--product`: a plain
// `swift build` would also link Fuzz, which has no `main` without the sanitizer that scripts/fuzz builds it with.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A module of the chapter, with the dependencies that it has there.
func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "harness",
    targets: [
        .executableTarget(
            name: "Benchmarks", dependencies: ["EventSource", "Logging", "Stats", "Wikimedia"],
            swiftSettings: strict),
        .executableTarget(
            name: "LifecycleServer", dependencies: ["Configuration", "HTTP", "Lifecycle", "Logging"],
            swiftSettings: strict),

        .executableTarget(
            name: "Fuzz",
            dependencies: ["Auth", "CQL", "CSodium", "Configuration", "EventSource", "HTTP", "JSON", "Wikimedia"],
            swiftSettings: strict),

        .systemLibrary(name: "CLinux", path: "Modules/CLinux"),
        module("Configuration"),
        module("HTTP", "CLinux", "JSON", "Lifecycle", "Locking", "Logging"),
        module("JSON", "CSimdJSON"),
        module("Lifecycle", "CLinux", "Locking", "Logging"),
        module("Locking"),
        module("Logging", "JSON", "Locking"),
        .systemLibrary(name: "CCurl", path: "Modules/CCurl", pkgConfig: "libcurl"),
        .target(
            name: "CSimdJSON", path: "Modules/CSimdJSON", cxxSettings: [.treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("simdjson")]),
        module("EventSource", "CCurl", "Lifecycle", "Locking", "Logging"),
        module("Wikimedia", "EventSource", "JSON", "Locking", "Logging"),
        module("Stats", "Locking", "Wikimedia"),
        .systemLibrary(name: "CJWT", path: "Modules/CJWT", pkgConfig: "libjwt"),
        .systemLibrary(name: "CSodium", path: "Modules/CSodium", pkgConfig: "libsodium"),
        module("Auth", "CJWT", "CSodium", "Configuration", "HTTP", "JSON", "Lifecycle", "Locking", "Logging"),
        module("CQL", "CLinux", "Configuration", "Lifecycle", "Locking", "Logging"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

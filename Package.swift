// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: Swift 6 mode with the upcoming features that make imports and
/// existentials explicit.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Imports point down: SluiceCommand → SluiceRunner → SluiceComponents → Sluice → SluiceJSON.
// SluiceLogStore knows none of them. SluiceSystem, below them all, is the one place that asks the
// operating system.
let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["SluiceCommand"]),
        .executable(name: "sluice-bench", targets: ["SluiceBench"]),
        .executable(name: "sluice-stress", targets: ["SluiceStress"]),
        .library(name: "SluiceSystem", targets: ["SluiceSystem"]),
        .library(name: "SluiceJSON", targets: ["SluiceJSON"]),
        .library(name: "SluiceStore", targets: ["SluiceStore"]),
        .library(name: "SluiceStores", targets: ["SluiceStores"]),
        .library(name: "SluiceStoreTesting", targets: ["SluiceStoreTesting"]),
        .library(name: "SluiceLogStore", targets: ["SluiceLogStore"]),
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceComponents", targets: ["SluiceComponents"]),
        .library(name: "SluiceRunner", targets: ["SluiceRunner"]),
        .library(name: "SluiceTesting", targets: ["SluiceTesting"]),
    ],
    targets: [
        .target(name: "SluiceSystem", swiftSettings: settings),
        .target(name: "SluiceJSON", swiftSettings: settings),
        .target(name: "SluiceStore", dependencies: ["SluiceSystem"], swiftSettings: settings),
        .target(
            name: "SluiceStores", dependencies: ["SluiceStore", "SluiceSystem"],
            swiftSettings: settings),
        .target(
            name: "SluiceStoreTesting", dependencies: ["SluiceStore", "SluiceSystem"],
            swiftSettings: settings),
        .target(
            name: "SluiceLogStore", dependencies: ["SluiceStore", "SluiceSystem"],
            swiftSettings: settings),
        .target(
            name: "Sluice", dependencies: ["SluiceJSON", "SluiceSystem"], swiftSettings: settings),
        .target(
            name: "SluiceComponents",
            dependencies: [
                "Sluice", "SluiceLogStore", "SluiceStore", "SluiceStores", "SluiceJSON",
                "SluiceSystem",
            ],
            swiftSettings: settings),
        .target(
            name: "SluiceTesting",
            dependencies: ["Sluice", "SluiceJSON", "SluiceSystem"],
            swiftSettings: settings),
        .target(
            name: "SluiceRunner",
            dependencies: [
                "Sluice", "SluiceComponents", "SluiceJSON", "SluiceLogStore", "SluiceStore",
                "SluiceSystem", "SluiceTesting",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "SluiceCommand", dependencies: ["SluiceRunner"], swiftSettings: settings),
        // The packages in Examples, as part of this one, so that tests build and run it.
        .executableTarget(
            name: "shout", dependencies: ["Sluice", "SluiceJSON", "SluiceRunner"],
            path: "Examples/shout/Sources/shout", swiftSettings: settings),
        .executableTarget(
            name: "scratch",
            dependencies: [
                "Sluice", "SluiceComponents", "SluiceRunner", "SluiceStore", "SluiceStores",
            ],
            path: "Examples/scratch/Sources/scratch", swiftSettings: settings),
        .executableTarget(
            name: "embedded", dependencies: ["Sluice", "SluiceComponents", "SluiceJSON"],
            path: "Examples/embedded/Sources/embedded", swiftSettings: settings),
        .executableTarget(
            name: "SluiceBench", dependencies: ["SluiceLogStore", "SluiceSystem"],
            swiftSettings: settings),
        .executableTarget(
            name: "SluiceStress", dependencies: ["SluiceJSON", "SluiceSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceJSONTests", dependencies: ["SluiceJSON", "SluiceSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceLogStoreTests",
            dependencies: [
                "SluiceLogStore", "SluiceStore", "SluiceStoreTesting", "SluiceSystem",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceSystemTests", dependencies: ["SluiceSystem"], swiftSettings: settings),
        .testTarget(
            name: "SluiceStoresTests",
            dependencies: ["SluiceStore", "SluiceStores", "SluiceStoreTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceBenchTests",
            dependencies: ["SluiceBench", "SluiceLogStore", "SluiceSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceStressTests",
            dependencies: ["SluiceStress", "SluiceJSON", "SluiceSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceTests",
            dependencies: ["Sluice", "SluiceTesting", "SluiceJSON", "SluiceSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceComponentsTests",
            dependencies: [
                "SluiceComponents", "SluiceTesting", "SluiceStoreTesting", "SluiceLogStore",
                "SluiceStore", "SluiceStores", "Sluice",
                "SluiceJSON", "SluiceSystem",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceCommandTests",
            dependencies: [
                "SluiceCommand", "shout", "scratch", "embedded", "SluiceRunner", "Sluice",
                "SluiceJSON",
                "SluiceSystem",
            ],
            swiftSettings: settings),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: Swift 6 mode with the upcoming features that make imports and
/// existentials explicit.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Imports point down: SluiceCommand → SluiceComponents → Sluice → SluiceJSON. SluiceStore knows
// none of them.
let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["SluiceCommand"]),
        .executable(name: "sluice-bench", targets: ["SluiceBench"]),
        .executable(name: "sluice-stress", targets: ["SluiceStress"]),
        .library(name: "SluiceJSON", targets: ["SluiceJSON"]),
        .library(name: "SluiceStore", targets: ["SluiceStore"]),
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceComponents", targets: ["SluiceComponents"]),
        .library(name: "SluiceTesting", targets: ["SluiceTesting"]),
    ],
    targets: [
        .target(name: "SluiceJSON", swiftSettings: settings),
        .target(name: "SluiceStore", swiftSettings: settings),
        .target(name: "Sluice", dependencies: ["SluiceJSON"], swiftSettings: settings),
        .target(
            name: "SluiceComponents",
            dependencies: ["Sluice", "SluiceStore", "SluiceJSON"],
            swiftSettings: settings),
        .target(
            name: "SluiceTesting",
            dependencies: ["Sluice", "SluiceJSON"],
            swiftSettings: settings),
        .executableTarget(
            name: "SluiceCommand",
            dependencies: [
                "Sluice", "SluiceComponents", "SluiceJSON", "SluiceStore", "SluiceTesting",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "SluiceBench", dependencies: ["SluiceStore"], swiftSettings: settings),
        .executableTarget(
            name: "SluiceStress", dependencies: ["SluiceJSON"], swiftSettings: settings),
        .testTarget(
            name: "SluiceJSONTests", dependencies: ["SluiceJSON"], swiftSettings: settings),
        .testTarget(
            name: "SluiceStoreTests", dependencies: ["SluiceStore"], swiftSettings: settings),
        .testTarget(
            name: "SluiceBenchTests", dependencies: ["SluiceBench", "SluiceStore"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceStressTests", dependencies: ["SluiceStress", "SluiceJSON"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceTests", dependencies: ["Sluice", "SluiceTesting", "SluiceJSON"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceComponentsTests",
            dependencies: ["SluiceComponents", "SluiceTesting", "Sluice", "SluiceJSON"],
            swiftSettings: settings),
        .testTarget(
            name: "SluiceCommandTests",
            dependencies: ["SluiceCommand", "SluiceJSON"],
            swiftSettings: settings),
    ]
)

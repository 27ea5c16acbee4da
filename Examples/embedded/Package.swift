// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "embedded",
    dependencies: [.package(name: "sluice", path: "../..")],
    targets: [
        .executableTarget(
            name: "embedded",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceComponents", package: "sluice"),
                .product(name: "SluiceJSON", package: "sluice"),
            ])
    ]
)

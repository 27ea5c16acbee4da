// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "shout",
    dependencies: [.package(name: "sluice", path: "../..")],
    targets: [
        .executableTarget(
            name: "shout",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceJSON", package: "sluice"),
                .product(name: "SluiceRunner", package: "sluice"),
            ])
    ]
)

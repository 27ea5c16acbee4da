// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "scratch",
    dependencies: [.package(name: "sluice", path: "../..")],
    targets: [
        .executableTarget(
            name: "scratch",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceComponents", package: "sluice"),
                .product(name: "SluiceRunner", package: "sluice"),
                .product(name: "SluiceStore", package: "sluice"),
                .product(name: "SluiceStores", package: "sluice"),
            ])
    ]
)

// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target. Warnings become errors in CI only: a newer compiler must not break a user's build.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "droopd",
    targets: [
        .target(name: "FrequencyResponse", swiftSettings: strict),
        .target(name: "CModbus", linkerSettings: [.linkedLibrary("modbus")]),
        .target(name: "CRealtime"),
        .target(name: "Modbus", dependencies: ["CModbus"], swiftSettings: strict),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target. Warnings become errors in CI only: a newer compiler must not break a user's
/// build.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Tests may unwrap and index as they like; they are as strict as the rest otherwise.
let testing: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "droopd",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
    ],
    targets: [
        .target(name: "FrequencyResponse", swiftSettings: strict),
        .target(name: "CModbus", linkerSettings: [.linkedLibrary("modbus")]),
        .target(name: "CRealtime"),
        .target(name: "Realtime", dependencies: ["CRealtime", "FrequencyResponse"], swiftSettings: strict),
        .target(name: "Modbus", swiftSettings: strict),
        .target(name: "ModbusTransport", dependencies: ["CModbus", "Modbus"], swiftSettings: strict),
        .target(name: "Interlocks", dependencies: ["FrequencyResponse"], swiftSettings: strict),
        .target(name: "CGPIO", linkerSettings: [.linkedLibrary("gpiod")]),
        .target(name: "GPIO", dependencies: ["CGPIO", "Interlocks"], swiftSettings: strict),
        .target(name: "Devices", dependencies: ["FrequencyResponse", "Modbus"], swiftSettings: strict),
        .target(
            name: "SiteConfiguration",
            dependencies: [
                "Devices", "FrequencyResponse", "Interlocks", "Modbus", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(
            name: "ControlLoop",
            dependencies: [
                "Devices", "FrequencyResponse", "GPIO", "Interlocks", "Modbus", "ModbusTransport", "Realtime",
                "SiteConfiguration",
            ],
            swiftSettings: strict),
        .target(
            name: "Commissioning",
            dependencies: [
                "ControlLoop", "Devices", "Evidence", "FrequencyResponse", "GPIO", "Interlocks", "Modbus",
                "ModbusTransport", "Realtime", "SiteConfiguration",
            ],
            swiftSettings: strict),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "Journal", dependencies: ["CZlib", "FrequencyResponse", "Interlocks"], swiftSettings: strict),
        .target(name: "CLocalSockets"),
        .target(name: "LocalSockets", dependencies: ["CLocalSockets"], swiftSettings: strict),
        .target(name: "Simulation", dependencies: ["Devices", "FrequencyResponse", "Modbus"], swiftSettings: strict),
        .target(
            name: "Replay", dependencies: ["CZlib", "Devices", "FrequencyResponse", "Modbus", "Simulation"],
            swiftSettings: strict),
        .target(name: "Evidence", dependencies: ["FrequencyResponse"], swiftSettings: strict),
        .target(
            name: "SunSpecServer",
            dependencies: ["Devices", "FrequencyResponse", "Modbus", "ModbusTransport", "Realtime"],
            swiftSettings: strict),
        .target(
            name: "SimulationServer",
            dependencies: ["Devices", "FrequencyResponse", "Modbus", "ModbusTransport", "Realtime", "Simulation"],
            swiftSettings: strict),
        .executableTarget(
            name: "droopd",
            dependencies: [
                "Commissioning", "ControlLoop", "Devices", "Evidence", "FrequencyResponse", "GPIO", "Interlocks",
                "Journal", "LocalSockets", "Modbus",
                "ModbusTransport", "Realtime", "Replay",
                "Simulation",
                "SimulationServer", "SiteConfiguration", "SunSpecServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            // Found by path next to the executable; Bundle.module traps once the binary is moved.
            resources: [.copy("../../Hardware/Profiles")], swiftSettings: strict),
        .target(name: "CMallocCount", path: "Benchmarks/CMallocCount"),
        .executableTarget(
            name: "TickBench",
            dependencies: ["CMallocCount", "ControlLoop", "Devices", "FrequencyResponse"],
            path: "Benchmarks/TickBench",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzTrials",
            dependencies: [
                "Devices", "FrequencyResponse", "Modbus", "SiteConfiguration",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Trials/FuzzTrials", swiftSettings: testing),
        .executableTarget(
            name: "LawTrials",
            dependencies: [
                "FrequencyResponse", "Replay", "Simulation", "SiteConfiguration",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Trials/LawTrials", swiftSettings: testing),
        .executableTarget(
            name: "FaultCampaign",
            dependencies: [
                "Devices", "FrequencyResponse", "Modbus", "ModbusTransport", "Realtime", "Simulation",
                "SimulationServer",
                "SiteConfiguration", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Trials/FaultCampaign", swiftSettings: testing),
        .target(
            name: "TestSupport", dependencies: ["FrequencyResponse", "Interlocks"], path: "Tests/TestSupport",
            swiftSettings: testing),
        .testTarget(
            name: "SunSpecServerTests",
            dependencies: ["Devices", "FrequencyResponse", "Modbus", "ModbusTransport", "SunSpecServer"],
            swiftSettings: testing),
        .testTarget(
            name: "DevicesTests",
            dependencies: ["Devices", "FrequencyResponse", "Modbus", "Simulation", "SiteConfiguration", "TestSupport"],
            swiftSettings: testing),
        .testTarget(
            name: "ControlLoopTests",
            dependencies: [
                "ControlLoop", "Devices", "FrequencyResponse", "GPIO", "Interlocks", "Modbus", "ModbusTransport",
                "Realtime", "Simulation",
                "SiteConfiguration", "TestSupport",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "CommissioningTests",
            dependencies: [
                "Commissioning", "ControlLoop", "Devices", "FrequencyResponse", "Interlocks", "Realtime", "TestSupport",
            ], swiftSettings: testing),
        .testTarget(
            name: "SimulationTests", dependencies: ["Devices", "FrequencyResponse", "Modbus", "Simulation"],
            swiftSettings: testing),
        .testTarget(
            name: "ReplayTests",
            dependencies: ["Devices", "FrequencyResponse", "Replay", "Simulation", "SiteConfiguration", "TestSupport"],
            swiftSettings: testing),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ControlLoop", "Devices", "FrequencyResponse", "GPIO", "Interlocks", "Journal", "Modbus",
                "ModbusTransport",
                "Realtime", "Simulation",
                "SimulationServer",
                "SiteConfiguration",
                "TestSupport", "droopd",
            ], exclude: ["Helpers"], swiftSettings: testing),
        .testTarget(name: "EvidenceTests", dependencies: ["Evidence", "FrequencyResponse"], swiftSettings: testing),
        .testTarget(
            name: "JournalTests",
            dependencies: ["FrequencyResponse", "Interlocks", "Journal", "TestSupport"],
            swiftSettings: testing),
        .testTarget(
            name: "LocalSocketsTests", dependencies: ["CLocalSockets", "LocalSockets", "TestSupport"],
            swiftSettings: testing),
        .testTarget(name: "ModbusTests", dependencies: ["Modbus"], swiftSettings: testing),
        .testTarget(
            name: "ModbusTransportTests", dependencies: ["Modbus", "ModbusTransport"], swiftSettings: testing),
        .testTarget(
            name: "InterlocksTests", dependencies: ["FrequencyResponse", "Interlocks", "TestSupport"],
            swiftSettings: testing),
        .testTarget(
            name: "SiteConfigurationTests",
            dependencies: ["Devices", "FrequencyResponse", "SiteConfiguration", "TestSupport"],
            swiftSettings: testing),
        .testTarget(
            name: "FrequencyResponseTests", dependencies: ["FrequencyResponse", "SiteConfiguration", "TestSupport"],
            swiftSettings: testing),
    ]
)

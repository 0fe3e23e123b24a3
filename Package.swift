// swift-tools-version: 6.2
import PackageDescription

// Every target: Swift 6, explicit existentials, no import leaks.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Numeric targets carry their own optimisation flags, so that `swift build -c release`, `swift build` and
// `swift test` are all fast. Without -march=native Swift's loops are SSE2 and lose a factor of four;
// without -O a debug build loses a factor of fifty.
let numeric: [SwiftSetting] = strict + [.unsafeFlags(["-O", "-Xcc", "-march=native"])]

let package = Package(
    name: "Assay",
    products: [
        .executable(name: "assay", targets: ["assay"]),
        .library(name: "AssayCore", targets: ["RewardAnalysis", "Rewards", "Environments", "Regimes", "Features", "MarketData"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CVectorMath"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // Libraries, in the order of imports
        .target(name: "TradingTypes", swiftSettings: numeric),
        .target(name: "ComponentKit", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .target(
            name: "NumericKernels",
            dependencies: ["CMalloc", "COpenBLAS", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: numeric),
        .target(
            name: "ChangePoints", dependencies: ["NumericKernels", .product(name: "RealModule", package: "swift-numerics")], swiftSettings: numeric),
        .target(name: "NetworkKernels", dependencies: ["COpenBLAS", "CVectorMath"], swiftSettings: numeric),
        .target(
            name: "NeuralNetworks",
            dependencies: ["NumericKernels", "NetworkKernels", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: numeric),
        .target(
            name: "Expressions",
            dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: numeric),
        // Protocol/*.pb.swift are generated from the .proto beside them and committed: building needs no protoc.
        .target(
            name: "RunRecords",
            dependencies: [
                "ComponentKit", "NumericKernels", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protocol/tensorboard.proto"],
            swiftSettings: strict),
        // What became of a run, from its logs
        .target(
            name: "Postmortem",
            dependencies: [
                "ChangePoints", "ComponentKit", "NumericKernels", "RunRecords", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        .target(
            name: "PolicyExport",
            dependencies: ["RunRecords", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Protocol/onnx.proto"],
            swiftSettings: strict),
        .target(
            name: "MarketData",
            dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "CZlib", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: numeric),
        .target(
            name: "Features", dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "MarketData"],
            swiftSettings: numeric),
        .target(
            name: "Regimes", dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "MarketData", "Features"],
            swiftSettings: numeric),
        .target(
            name: "Intraday",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "MarketData", "Features", "Regimes", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        .target(
            name: "Environments",
            dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "MarketData", "Features", "Regimes"],
            swiftSettings: numeric),
        .target(
            name: "OptionPricing", dependencies: [.product(name: "RealModule", package: "swift-numerics")], swiftSettings: numeric),
        .target(
            name: "OptionsEnvironment",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "NetworkKernels", "Intraday", "OptionPricing", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        .target(
            name: "Rewards", dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "Expressions"],
            swiftSettings: numeric),
        .target(
            name: "RewardAnalysis",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "Expressions", "MarketData", "Features", "Regimes", "Environments", "Rewards",
                .product(name: "RealModule", package: "swift-numerics"), .product(name: "SwiftCSV", package: "SwiftCSV"),
            ],
            swiftSettings: numeric),
        .target(
            name: "OptionsAnalysis",
            dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "Intraday", "OptionsEnvironment", "Rewards", "RewardAnalysis"],
            swiftSettings: numeric),
        // The environment and a reward as a finite process, solved exactly
        .target(
            name: "AbstractMDP",
            dependencies: [
                "TradingTypes", "NumericKernels", "Expressions", "Environments", "Rewards", "RewardAnalysis", "Intraday", "OptionsEnvironment", "OptionsAnalysis", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        // What is wrong with a reward before it is trained on
        .target(
            name: "RewardLints",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "Expressions", "Environments", "Rewards", "RewardAnalysis", "Intraday", "OptionsEnvironment", "OptionsAnalysis",
                "AbstractMDP", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        .target(name: "Demonstrations", dependencies: ["ComponentKit", "RunRecords", "CZlib"], swiftSettings: numeric),
        .target(
            name: "Teachers",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "Expressions", "Environments", "Intraday", "OptionPricing", "OptionsEnvironment",
            ],
            swiftSettings: numeric),
        .target(name: "Policies", dependencies: ["NumericKernels", "NetworkKernels", "NeuralNetworks"], swiftSettings: numeric),
        .target(name: "MaskablePPO", dependencies: ["NumericKernels", "NetworkKernels", "NeuralNetworks", "Policies"], swiftSettings: numeric),
        .target(name: "Curricula", dependencies: ["TradingTypes", "ComponentKit", "NumericKernels", "Expressions"], swiftSettings: numeric),
        .target(
            name: "Cloning",
            dependencies: [
                "ComponentKit", "NumericKernels", "NetworkKernels", "Policies", "MaskablePPO", "Demonstrations", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        .target(
            name: "Training",
            dependencies: [
                "Demonstrations", "Cloning", "Curricula",
                "TradingTypes", "ComponentKit", "NumericKernels", "NetworkKernels", "NeuralNetworks", "Expressions", "MarketData", "Features", "Regimes",
                "Environments", "Intraday", "OptionPricing", "OptionsEnvironment", "Rewards", "Policies", "MaskablePPO", "RunRecords", "PolicyExport", .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        // The mix that training will reach
        .target(
            name: "Forecasting",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "NetworkKernels", "NeuralNetworks", "Environments", "OptionsEnvironment", "Rewards", "RewardAnalysis",
                "AbstractMDP", "Policies", "MaskablePPO", "Training",
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        // Teachers' demonstrations, observed and paid as training is
        .target(
            name: "Teaching",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "NetworkKernels", "MarketData", "Environments", "Intraday", "OptionPricing", "OptionsEnvironment",
                "Expressions", "Rewards", "RunRecords", "Demonstrations", "Teachers", "Training",
            ],
            swiftSettings: numeric),
        // The forecast mix under other weights, for the page's sliders
        .target(name: "MixEmulation", dependencies: ["NumericKernels", "RewardAnalysis", "Training", "Forecasting"], swiftSettings: numeric),
        // A user's own implementation of a reward against ours
        .target(
            name: "RewardParity",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "Expressions", "Environments", "Intraday", "OptionsEnvironment", "Rewards", "Training",
            ],
            swiftSettings: numeric),
        // Many trainings side by side
        .target(
            name: "Sweeps",
            dependencies: ["CSQLite", "TradingTypes", "ComponentKit", "NumericKernels", "NetworkKernels", "MaskablePPO", "RunRecords", "Rewards", "Training", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: numeric),
        // Weights for a mix
        .target(
            name: "RewardSolving",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "NeuralNetworks", "Environments", "Rewards", "RunRecords", "MaskablePPO", "Training", "Sweeps",
                "Forecasting", "RewardAnalysis", "RewardLints",
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: numeric),
        // The gnuplot templates, compiled in from the folder where people find and edit them.
        .target(
            name: "PlotTemplates", path: "plots", exclude: ["README.md", "reference"],
            resources: [
                .embedInCode("curriculum-timeline.gp"), .embedInCode("ev-compare.gp"), .embedInCode("ev-hit-rate.gp"), .embedInCode("ev-regimes.gp"),
                .embedInCode("collapse-map.gp"), .embedInCode("ev-terms.gp"), .embedInCode("ev-values.gp"), .embedInCode("farm-story.gp"),
                .embedInCode("forecast-actual.gp"), .embedInCode("forecast-mix.gp"), .embedInCode("postmortem-onset.gp"), .embedInCode("postmortem-remedies.gp"),
                .embedInCode("run-equity.gp"), .embedInCode("run-learning.gp"), .embedInCode("run-mix.gp"), .embedInCode("run-pay.gp"),
                .embedInCode("runs-compare.gp"), .embedInCode("share-bars.gp"), .embedInCode("sweep-hold.gp"), .embedInCode("teacher-day.gp"),
            ],
            swiftSettings: strict),
        .target(
            name: "Reports",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "RunRecords", "Rewards", "RewardAnalysis", "Forecasting", "Postmortem", "Training",
                "PlotTemplates",
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            resources: [
                .embedInCode("Templates/figure.mustache"), .embedInCode("Templates/playground-style.mustache"), .embedInCode("Templates/playground.js"),
                .embedInCode("Templates/playground.mustache"), .embedInCode("Templates/report.mustache"), .embedInCode("Templates/run.mustache"), .embedInCode("Templates/runs.mustache"),
                .embedInCode("Templates/style.mustache"), .embedInCode("Templates/table.mustache"),
            ],
            swiftSettings: strict),

        // The command
        .executableTarget(
            name: "assay",
            dependencies: [
                "TradingTypes", "ComponentKit", "NumericKernels", "Expressions", "MarketData", "Features", "Regimes",
                "Environments", "Intraday", "OptionPricing", "OptionsEnvironment", "OptionsAnalysis", "Rewards", "RewardAnalysis", "Reports",
                "RunRecords", "PolicyExport", "Training", "NetworkKernels", "Demonstrations", "Cloning", "Curricula", "Teachers", "Teaching",
                "Forecasting", "MixEmulation", "RewardParity", "RewardSolving", "Sweeps", "Postmortem", "RewardLints", "AbstractMDP",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // Measurements for `make bench`; not a product
        .executableTarget(
            name: "assay-bench",
            dependencies: [
                "TradingTypes", "NumericKernels", "Expressions", "MarketData", "Features", "Regimes", "Environments", "Rewards", "RewardAnalysis",
                "NetworkKernels", "NeuralNetworks", "Policies", "MaskablePPO", "Training", "Intraday", "OptionPricing", "OptionsEnvironment", "Demonstrations", "Cloning", "Teachers", "Teaching", "Forecasting", "Reports",
                "ComponentKit", "ChangePoints", "Postmortem",
            ],
            path: "Benchmarks/AssayBench", swiftSettings: strict),

        // Tests
        .target(name: "TestSupport", dependencies: ["TradingTypes"], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "ComponentKitTests", dependencies: ["ComponentKit", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ChangePointsTests", dependencies: ["ChangePoints", "NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PostmortemTests", dependencies: ["Postmortem", "ChangePoints", "RunRecords", "ComponentKit", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "NetworkKernelsTests", dependencies: ["NetworkKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "NeuralNetworksTests", dependencies: ["NeuralNetworks", "NetworkKernels", "NumericKernels", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "NumericKernelsTests", dependencies: ["NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ExpressionsTests", dependencies: ["Expressions", "ComponentKit", "TradingTypes", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "RunRecordsTests", dependencies: ["RunRecords", "ComponentKit", "NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "PolicyExportTests", dependencies: ["PolicyExport", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "MarketDataTests", dependencies: ["MarketData", "ComponentKit", "TradingTypes", "NumericKernels", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "FeaturesTests",
            dependencies: ["Features", "MarketData", "NumericKernels", "ComponentKit", "TradingTypes", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "MaskablePPOTests",
            dependencies: [
                "MaskablePPO", "Policies", "NeuralNetworks", "NetworkKernels", "NumericKernels", "TestSupport",
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: strict),
        .testTarget(name: "CurriculaTests", dependencies: ["Curricula", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CloningTests",
            dependencies: ["Cloning", "Demonstrations", "MaskablePPO", "Policies", "NeuralNetworks", "NetworkKernels", "NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "DemonstrationsTests", dependencies: ["Demonstrations", "RunRecords", "ComponentKit", "NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "OptionPricingTests", dependencies: ["OptionPricing", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "OptionsEnvironmentTests",
            dependencies: ["OptionsEnvironment", "OptionPricing", "Intraday", "NetworkKernels", "NumericKernels", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "OptionsAnalysisTests",
            dependencies: ["OptionsAnalysis", "OptionsEnvironment", "Intraday", "RewardAnalysis", "Rewards", "Expressions", "TradingTypes", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TeachersTests",
            dependencies: [
                "Teachers", "Expressions", "Environments", "Intraday", "OptionsEnvironment", "Features", "Regimes", "MarketData", "NumericKernels", "ComponentKit",
                "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TeachingTests",
            dependencies: [
                "Teaching", "Teachers", "Demonstrations", "Cloning", "Training", "Rewards", "Expressions", "Environments", "Intraday", "OptionsEnvironment", "Features", "Regimes",
                "MarketData", "NumericKernels", "ComponentKit", "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(name: "PoliciesTests", dependencies: ["Policies", "NetworkKernels", "NumericKernels", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RegimesTests",
            dependencies: ["Regimes", "Features", "MarketData", "NumericKernels", "ComponentKit", "TradingTypes", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "IntradayTests",
            dependencies: ["Intraday", "Regimes", "Features", "MarketData", "NumericKernels", "ComponentKit", "TradingTypes", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AbstractMDPTests",
            dependencies: [
                "AbstractMDP", "Environments", "Expressions", "Features", "Intraday", "NumericKernels", "OptionsEnvironment", "RewardAnalysis", "Rewards", "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RewardLintsTests",
            dependencies: [
                "RewardLints", "AbstractMDP", "ComponentKit", "Environments", "Expressions", "Features", "Intraday", "MarketData", "NumericKernels", "OptionsEnvironment",
                "RewardAnalysis", "Rewards", "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RewardsTests",
            dependencies: ["Rewards", "Expressions", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RewardAnalysisTests",
            dependencies: [
                "RewardAnalysis", "Rewards", "Expressions", "Environments", "Regimes", "Features", "MarketData", "NumericKernels",
                "ComponentKit", "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "RunRecords", "RewardAnalysis", "TradingTypes", "ComponentKit", "TestSupport"],
            exclude: ["Snapshots"],
            swiftSettings: strict),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Demonstrations", "Cloning", "Training", "MaskablePPO", "Policies", "NeuralNetworks", "NetworkKernels", "NumericKernels", "RunRecords", "Rewards", "Expressions", "Environments", "Regimes",
                "Features", "MarketData", "ComponentKit", "TradingTypes", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ForecastingTests", dependencies: ["Forecasting", "Training", "MaskablePPO", "NetworkKernels", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RewardParityTests", dependencies: ["RewardParity", "Rewards", "Expressions", "Features", "Intraday", "Environments", "MarketData", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RewardSolvingTests",
            dependencies: ["RewardSolving", "Training", "Rewards", "Expressions", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SweepsTests", dependencies: ["Sweeps", "Training", "Rewards", "ComponentKit", "TradingTypes", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "AssayTests", dependencies: ["PolicyExport", "RunRecords", "TestSupport"], swiftSettings: strict),
    ]
)

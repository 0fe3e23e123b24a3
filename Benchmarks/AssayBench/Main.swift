import Environments
import Expressions
import Features
import Foundation
import Intraday
import MarketData
import NumericKernels
import Regimes
import RewardAnalysis
import Rewards
import TradingTypes

/// Measurements behind the figures of README and docs. `assay-bench NAME`; without a name it lists them.
/// Prints one line a figure, `name value unit`, for Benchmarks/run.sh to set beside the same work done elsewhere.
@main
enum AssayBench {
    static func main() throws {
        keepFreedMemory()
        switch CommandLine.arguments.dropFirst().first ?? "" {
        case "features": features()
        case "expressions": expressions()
        case "rewards": try rewards()
        case "bootstrap": bootstrap()
        case "coverage": coverage()
        case "ppo":
            for threads in CommandLine.arguments.dropFirst(2).first.flatMap({ Int($0) }).map({ [$0] }) ?? [1, 2] { try benchmarkPPO(threads: threads, updates: 200) }
        case "ppo-profile":
            try benchmarkPPO(threads: 1, updates: 100)
            profilePPO()
        case "collapse-runs":
            let arguments = CommandLine.arguments.dropFirst(3).compactMap { Int($0) }
            let range = (arguments.first ?? 1)...(arguments.dropFirst().first ?? 40), path = CommandLine.arguments.dropFirst(2).first ?? "collapse-runs.csv"
            if OptionsCollapseDesign.numbers.contains(range.lowerBound) { try OptionsCollapseDesign.run(range, to: path) } else {
                try CollapseRuns.run(range, to: path, real: "../shared/data/crypto/btcusdt_1h_binance_spot.csv.gz")
            }
        case "alarm":
            let arguments = CommandLine.arguments.dropFirst(2)
            try AlarmStudy.run(arguments.filter { !$0.hasPrefix("--table=") }, table: arguments.first { $0.hasPrefix("--table=") }.map { String($0.dropFirst(8)) })
        case "train": try benchmarkTrainer()
        case "demonstrations": try DonchianDemonstrations.write(to: CommandLine.arguments.dropFirst(2).first ?? "demos")
        case "clone":
            let arguments = CommandLine.arguments.dropFirst(2)
            try CloningBenchmark.run(arguments.first ?? "demos", epochs: arguments.dropFirst().first.flatMap { Int($0) } ?? 4)
        case "teachers": try benchmarkTeachers()
        case "environment": try benchmarkEnvironment()
        case "options": try benchmarkOptions(threads: CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 2)
        case "transformer": transformer()
        case "transformer-products": transformerProducts()
        case "synthetic": try printCalibration(seeds: seeds(101...120))
        case "intraday": try printIntradayCalibration(seeds: seeds(301...320), days: 160)
        case "intraday-features": try intradayFeatures()
        case "forecast-study": try ForecastStudy.run(Array(CommandLine.arguments.dropFirst(2)))
        case "edges": try printEdgeCoverage(seeds: seeds(401...600))
        default:
            print("usage: assay-bench features | expressions | rewards | bootstrap | coverage | synthetic [FIRST LAST] | edges [FIRST LAST] | intraday [FIRST LAST] | intraday-features | ppo [THREADS] | ppo-profile | train | collapse-runs FILE FIRST LAST | alarm FILE... [--table=FILE] | teachers | environment | options [THREADS] | demonstrations FOLDER | clone FOLDER [EPOCHS] | transformer [TRAINING INFERENCE] | transformer-products | forecast-study ...")
            exit(64)
        }
    }

    /// Two seeds given after the command, first and last.
    static func seeds(_ standard: ClosedRange<UInt64>) -> ClosedRange<UInt64> {
        let given = CommandLine.arguments.dropFirst(2).compactMap { UInt64($0) }
        guard let first = given.first else { return standard }
        return first...max(first, given.dropFirst().first ?? first)
    }

    /// Best of `rounds` runs, milliseconds.
    static func best(_ rounds: Int, _ work: () -> Void) -> Double {
        (0..<rounds).map { _ in
            let start = ContinuousClock.now
            work()
            let spent = ContinuousClock.now - start
            return Double(spent.components.seconds) * 1e3 + Double(spent.components.attoseconds) * 1e-15
        }.min() ?? .nan
    }

    /// The 44 features over 43,500 bars, one thread.
    static func features() {
        let bars = SyntheticMarket(seed: 1, bars: 43_500).generate().slice(0..<43_500)
        let milliseconds = best(20) { precondition(computeFeatures(bars).names.count == 44) }
        print("features44_43500bars \(String(format: "%.2f", milliseconds)) ms")
    }

    /// All intraday features over 60 days of three symbols, one thread, in nanoseconds a feature and minute of the market.
    static func intradayFeatures() throws {
        let market = try IntradaySource.parse("synthetic:intraday,days=60").load().market
        let count = IntradayFeatureCatalog.cards.count
        let milliseconds = best(20) { precondition(computeIntradayFeatures(market).names.count == count) }
        let minutes = market.days.reduce(0) { $0 + $1.regular.count }
        print("intraday_features\(count)_\(minutes)minutes \(String(format: "%.2f", milliseconds)) ms")
        print("intraday_features_per_feature_minute \(String(format: "%.2f", milliseconds * 1e6 / Double(count * minutes))) ns regular minutes alone, \(String(format: "%.2f", milliseconds * 1e6 / Double(count * market.rowCount))) ns all rows")
    }

    /// A YAML term beside the same term in Swift, over the same columns.
    static func expressions() {
        for rows in [26_100, 1_000_000] {
            for row in ExpressionBenchmark.run(rows: rows, repeats: rows > 100_000 ? 20 : 200) {
                print("\(rows) rows  ratio \(String(format: "%.2f", row.ratio))  (\(String(format: "%.3f / %.3f ns a row", row.compiledNanoseconds, row.handwrittenNanoseconds)))  \(row.term)")
            }
        }
    }

    /// Bars scored a second, all three actions, by each BTC reward: a million bars, one thread.
    static func rewards() throws {
        let prepared = try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,bars=1000000")))
        let rows = prepared.split.range(.all)
        let market = AnalysisMarket(
            environment: SpotEnvironment(prepared.bars), columns: prepared.columns(), labels: prepared.regimes.labels, rows: rows, seed: 1)
        let scope = NameScope.spot(
            features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names)
        for name in ["btc-s1", "btc-s2", "btc-s3"] {
            let stack = RewardStack(try RewardDesign(file: "rewards/\(name).yaml", scope: scope, gamma: 0.99))
            let columns = RewardColumns(stack, market)
            let milliseconds = best(3) { for stretch in columns.stretches { _ = columns.bars(stretch) } }
            print("\(name): \(String(format: "%.1f", Double(rows.count) / milliseconds / 1e3)) million bars/s scored (3 actions and their mirror images, \(stack.design.terms.count) terms)")
        }
    }

    /// 10,000 replicates of 32 regime means over 26,100 bars in four regimes, studentised, two threads, by mean block.
    static func bootstrap() {
        var random = RandomStream(seed: 1, purpose: "bench")
        let n = 26_100
        var labels = [UInt8](repeating: 0, count: n), regime = 0
        for t in 0..<n {
            if random.uniform() < 0.04 { regime = Int(random.below(4)) }
            labels[t] = UInt8(regime)
        }
        let columns = (0..<8).map { _ in (0..<n).map { _ in random.gaussian() } }
        let table = RegimeTable(labels: labels, regimes: 4, columns: columns)
        for block in [100.0, 24, 6, 3, 1] {
            let milliseconds = best(3) { _ = stationaryBootstrap(table, BootstrapPlan(meanBlock: block, replicates: 10_000, seed: 1, threads: 2)) }
            print("bootstrap_block\(Int(block)) \(String(format: "%.0f", milliseconds)) ms")
        }
    }

    /// Coverage of nominal 95% intervals (docs/intervals.md records the result).
    static func coverage() {
        print("| scenario | bars | regime bars | runs | mean block | percentile | studentised | Newey-West | break-even | break-even, percentile | coin flip | logged action | logged action - HOLD |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for row in coverageStudy(threads: 2) {
            func share(_ x: Double) -> String { String(format: "%.3f", x) }
            print(
                "| \(row.scenario) | \(row.bars) | \(Int(row.regimeBars.rounded())) | \(Int(row.runs.rounded())) | \(String(format: "%.1f", row.meanBlock)) | \(share(row.percentile)) | \(share(row.studentised)) | \(share(row.neweyWest)) | \(share(row.ratio)) | \(share(row.ratioPercentile)) | \(share(row.pooled)) | \(share(row.logged)) | \(share(row.loggedContrast)) |")
        }
    }
}

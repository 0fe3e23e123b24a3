import ArgumentParser
import ComponentKit
import Environments
import Foundation
import Intraday
import MarketData
import Regimes
import TradingTypes

struct RegimesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regimes", abstract: "Market regimes of the bars: shares, durations, transitions.",
        discussion: """
            Compares two detectors where the second one has bars enough to be fitted.

            Example:
              assay regimes --bars prices.csv.gz --from 2020-01-01 --to 2025-01-01
            """)

    @OptionGroup var market: MarketOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("A second detector to compare with; none for no comparison.", valueName: "detector"))
    var against = "hmm"

    func run() throws {
        if let loaded = try market.intraday() {
            if output.json {
                let days = IntradayViews.days(loaded.market, market.split)
                try IntradayViews.needDays(days, market.split)
                let json = RegimesJSON(RegimeSummary(IntradayViews.labels(loaded.market, days)), nil, detector: IntradayRegimes.card.name, against: "none", leftOut: nil)
                Console.print(try jsonText(["regimes": json]))
            } else {
                try IntradayViews.printRegimes(loaded.market, market.split)
            }
            return
        }
        let prepared = try market.prepare()
        let rows = prepared.split.range(market.split)
        let summary = RegimeSummary(prepared.regimes, rows: rows)
        var agreement: RegimeAgreement?, leftOut: String?
        if against != "none", against != market.detector {
            var other = market
            other.detector = against
            let detector = try other.makeDetector()
            do {
                let labels = try detector.label(prepared.bars, prepared.featureSource, fittedOn: prepared.split.train)
                let both = rows.clamped(to: min(labels.firstValid, rows.upperBound)..<rows.upperBound)
                agreement = RegimeAgreement(prepared.regimes, labels, rows: both)
            } catch let faults as InputIssues {
                // The detector asked for has its labels; the comparison is an extra.
                leftOut = faults.issues.map(\.message).joined(separator: "; ")
            }
        }
        if output.json {
            let json = RegimesJSON(summary, agreement, detector: market.detector, against: against, leftOut: leftOut)
            Console.print(try jsonText(["regimes": json]))
            return
        }
        Console.print("detector \(market.detector), \(rows.count) bars (\(market.split.rawValue) split), \(timeText(prepared.bars.time[rows.lowerBound])) to \(timeText(prepared.bars.time[rows.upperBound - 1]))\n")
        let names = Regime.names
        Console.print(
            plainTable(
                ["regime", "bars", "share", "runs", "mean duration\n(bars)", "1/(1-P_ii)\n(bars)"],
                names.indices.map { g in
                    [
                        names[g], "\(Int((summary.shares[g] * Double(summary.bars)).rounded()))", String(format: "%.1f%%", 100 * summary.shares[g]), "\(summary.runs[g])",
                        statistic(summary.meanDuration[g]), statistic(summary.impliedDuration[g]),
                    ]
                }))
        Console.print("transition matrix (row: this bar, column: next bar)\n")
        Console.print(plainTable(["from"] + names, names.indices.map { i in [names[i]] + names.indices.map { j in
            let share = summary.transition[i][j]
            return share.isNaN ? "-" : String(format: "%.4f", share)
        } }))
        if let agreement {
            Console.print(
                "agreement with \(against): \(String(format: "%.1f%%", 100 * agreement.equalShare)) of bars, Cohen's kappa \(String(format: "%.3f", agreement.kappa))\n")
            Console.print(
                plainTable(
                    ["\(market.detector) \\ \(against)"] + names,
                    names.indices.map { i in [names[i]] + names.indices.map { "\(agreement.confusion[i][$0])" } }), terminator: "")
        } else if let leftOut {
            Console.print("no comparison with \(against): \(visible(leftOut))")
        }
    }
}

struct RegimesJSON: Encodable {
    struct Agreement: Encodable {
        let detector: String, share: Double, kappa: Double?, confusion: [[Int]]
    }

    let detector: String, names: [String], bars: [Int], shares: [Double], runs: [Int], mean_durations: [Double?], transitions: [[Double?]]
    let agreement: Agreement?
    /// Why a comparison that was asked for is missing.
    let agreement_reason: String?

    init(_ s: RegimeSummary, _ a: RegimeAgreement?, detector: String, against: String, leftOut: String?) {
        agreement_reason = leftOut
        self.detector = detector
        names = Regime.names
        bars = s.shares.map { Int(($0 * Double(s.bars)).rounded()) }
        shares = s.shares
        runs = s.runs
        mean_durations = s.meanDuration.map { $0.isFinite ? $0 : nil }
        transitions = s.transition.map { $0.map { $0.isFinite ? $0 : nil } }
        agreement = a.map { Agreement(detector: against, share: $0.equalShare, kappa: $0.kappa.isFinite ? $0.kappa : nil, confusion: $0.confusion) }
    }
}

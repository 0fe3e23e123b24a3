internal import ComponentKit
internal import PlotTemplates
package import RewardAnalysis

/// Every figure of a report: the comparison and the regime strip for all rewards, then three a reward.
package struct ReportFigures: Sendable {
    /// TRADE minus HOLD per regime, all rewards side by side.
    package var comparison: Figure?
    package var strip: Figure?
    /// In the order of `report.rewards`.
    package var rewards: [[Figure]]

    package init(_ report: ExpectedValueReport) {
        comparison = comparisonFigure(report)
        strip = stripFigure(report)
        rewards = zip(report.rewards, slugs(report.rewards.map(\.name))).map { reward, slug in
            [
                valuesFigure(reward, slug: slug, report: report), hitRateFigure(reward, slug: slug, report: report),
                termsFigure(reward, slug: slug, report: report),
            ].compactMap { $0 }
        }
    }

    package var all: [Figure] { [comparison, strip].compactMap { $0 } + rewards.flatMap { $0 } }
}

/// The small line that every figure carries: sample size, regimes, intervals.
func sampleLine(_ report: ExpectedValueReport, _ reward: RewardValue? = nil, notDrawn: Int = 0) -> String {
    let regimes = reward?.regimes.count ?? report.regimeNames.count
    var line = "\(grouped(report.bars)) bars, \(regimes) regime\(regimes == 1 ? "" : "s"); 95% stationary-bootstrap intervals, \(grouped(report.replicates)) replicates"
    if let reward, reward.blockLength.isFinite { line += ", mean block \(grouped(reward.blockLength)) bars" }
    if notDrawn > 0 { line += "; \(notDrawn) without an interval not drawn" }
    return line
}

func isFinite(_ interval: Interval) -> Bool { interval.low.isFinite && interval.high.isFinite }

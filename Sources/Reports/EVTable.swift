internal import ComponentKit
public import RewardAnalysis

/// The result of `assay ev` for a terminal: for every reward the verdict first, then one table of at most `width` columns.
///
/// `color` adds bold and dim escapes; the caller decides whether the terminal wants them. User text is shown with its control characters
/// escaped, so it can neither forge lines nor drive the terminal.
public func evTable(_ report: ExpectedValueReport, width: Int = 110, color: Bool = false) -> String {
    func bold(_ text: String) -> String { color ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    var out = ""
    for reward in report.rewards {
        if !out.isEmpty { out += "\n" }
        out += bold(clipped(shown("\(reward.name): \(verdictClasses(reward))"), width)) + "\n"
        out += wrapped(reward.sentence, width: width, indent: "  ")
        out += "\n" + decisionTable(reward, actionNames: report.actionNames).terminal(width: width, color: color) + "\n"
        if reward.isOfOptions { out += tradeTable(reward).terminal(width: width, color: color) + "\n" }
        for regime in reward.regimes where !regime.sentence.isEmpty { out += wrapped("\(regime.regime): \(regime.sentence)", width: width, indent: "  ") }
        for note in reward.notes { out += wrapped("note: " + note, width: width, indent: "  ") }
        if reward.coinFlipPerBar.isFinite { out += wrapped(coinFlipSentence(reward), width: width, indent: "  ") }
    }
    if !report.rewards.isEmpty {
        out += "\n" + wrapped(tableLegend(report), width: width)
    }
    return out
}

/// The classes of the verdict with the assumption that each rests on.
package func verdictClasses(_ reward: RewardValue) -> String {
    let verdict = verdictWords(reward.verdictClass)
    if reward.isOfOptions { return "\(verdict) at zero edge, by single steps" }
    // A log of transitions has no zero edge: what was paid is all there is.
    if !reward.regimes.isEmpty, reward.regimes.allSatisfy(\.zeroEdgeGreedy.isEmpty) { return "\(verdict) as logged" }
    return "\(verdict) at zero edge, \(verdictWords(reward.learnableEdgeClass)) at the learnable edge"
}

/// `hold_collapse` as `hold collapse`.
package func verdictWords(_ verdictClass: String) -> String { verdictClass.isEmpty ? "no verdict" : verdictClass.replacing("_", with: " ") }

package func coinFlipSentence(_ reward: RewardValue) -> String {
    let digits = decimals(for: [reward.coinFlipPerBar, reward.coinFlipInterval95.low, reward.coinFlipInterval95.high])
    if reward.isOfOptions {
        return "Buying at every minute, call or put by a coin, is paid \(signed(reward.coinFlipPerBar, digits)) in that minute, 95% interval \(bracketed(reward.coinFlipInterval95, digits))."
    }
    return
        "A trader who flips a coin on every bar is paid \(signed(reward.coinFlipPerBar, digits)) a bar, 95% interval \(bracketed(reward.coinFlipInterval95, digits))."
}

extension RewardValue {
    /// Judged on option decisions: flat ones, and others in a trade.
    var isOfOptions: Bool { regimes.contains { $0.inTradeBars > 0 } }
}

/// Pay of HOLD, TRIM and EXIT in the trades of the reference path, one row a regime.
package func tradeTable(_ reward: RewardValue) -> TextTable {
    let regimes = reward.regimes.filter { $0.inTradeBars > 0 }
    let digits = min(4, decimals(for: regimes.flatMap { $0.inTrade.map(\.expected) + $0.inTradeContrasts.map(\.estimate) }) + 1)
    var table = TextTable(["in a trade", "bars"] + (regimes.first?.inTrade.map(\.action) ?? []) + (regimes.first?.inTradeContrasts.map { $0.name.replacing("-", with: "-\n") } ?? []))
    for regime in regimes {
        table.rows.append(
            [.init(regime.regime), .init(grouped(regime.inTradeBars))]
                + regime.inTrade.map { .init(signed($0.expected, digits), plusMinus($0.interval95, around: $0.expected, digits)) }
                + regime.inTradeContrasts.map { .init(signed($0.estimate, digits), plusMinus($0.interval95, around: $0.estimate, digits)) })
    }
    return table
}

package func tableLegend(_ report: ExpectedValueReport) -> String {
    if report.rewards.contains(where: \.isOfOptions) {
        return
            "Reward of the minute of the decision, over \(grouped(report.bars)) minutes at which buying is allowed, each met flat; ± is half the 95% stationary-bootstrap interval (\(grouped(report.replicates)) replicates). premium: certain pay of HOLD minus that of the better BUY. zero edge: every future weighs as much as its mirror image; the gap is the better BUY minus HOLD, 'unsure' where its interval holds zero. clairv. (clairvoyant): share of minutes, in percent, on which HOLD/BUY_CALL/BUY_PUT is best for somebody who knows the next minute. bars to decide: minutes of that regime that a two-sigma decision on the gap needs, and that number over the minutes at hand. In a trade: the minutes that a random trader spends in trades."
    }
    let initials = report.actionNames.map { String($0.prefix(1)) }.joined(separator: "/")
    return
        "Reward a bar over \(grouped(report.bars)) bars; ± is half the 95% stationary-bootstrap interval (\(grouped(report.replicates)) replicates). premium: guaranteed pay of HOLD minus that of the better trade. break-even: hit rate at which trading starts to pay, with its interval. zero edge: every future weighs as much as its mirror image; the gap is TRADE minus HOLD, 'unsure' where its interval holds zero. learn. (learnable), clairv. (clairvoyant): share of bars, in percent, on which \(initials) is best under an out-of-sample prediction, and for somebody who knows the next bar. bars to decide: bars of that regime that a two-sigma decision on the gap needs, and that number over the bars at hand; above 1 the data cannot decide."
}

/// One row a regime: pay of every action, premium, break-even, gap, greedy action under three assumptions, bars to decide.
package func decisionTable(_ reward: RewardValue, actionNames: [String]) -> TextTable {
    let digits = min(
        4,
        decimals(
            for: reward.regimes.flatMap { regime in
                regime.actions.map(\.expected) + [regime.guaranteePremium, regime.zeroEdgeGap.value ?? 0]
            }) + 1)
    let names = reward.regimes.first?.actions.map(\.action) ?? actionNames
    let initials = names.map { String($0.prefix(1)) }.joined(separator: "/")
    // Options have no hit rate to break even at, and no model of the edge.
    let isOfOptions = reward.isOfOptions
    var table = TextTable(
        ["regime", "bars"] + names + ["premium"] + (isOfOptions ? [] : ["break-\neven"]) + ["zero-\nedge gap", "zero\nedge"] + (isOfOptions ? ["zero edge\nH/C/P"] : [])
            + (isOfOptions ? ["clairv.\nH/C/P"] : ["learn.\n\(initials)", "clairv.\n\(initials)"]) + ["bars to\ndecide"])
    for regime in reward.regimes {
        var row = [TextTable.Cell(regime.regime, percent(regime.share)), .init(grouped(regime.bars), "\(grouped(regime.runs)) runs")]
        for name in names {
            if let action = regime.actions.first(where: { $0.action == name }) {
                row.append(.init(signed(action.expected, digits), plusMinus(action.interval95, around: action.expected, digits)))
            } else {
                row.append(.init("-"))
            }
        }
        row.append(.init(signed(regime.guaranteePremium, digits)))
        let even = regime.breakEvenHitRate
        if !isOfOptions { row.append(.init(even.value.map(rate) ?? "none", even.value.flatMap { value in even.interval95.map { plusMinus($0, around: value, 3) } } ?? "")) }
        let gap = regime.zeroEdgeGap
        row.append(.init(gap.value.map { signed($0, digits) } ?? "-", gap.value.flatMap { value in gap.interval95.map { plusMinus($0, around: value, digits) } } ?? ""))
        row.append(.init(regime.zeroEdgeGreedy, cannotDecide(regime) ? "unsure" : ""))
        row.append(.init(shares(isOfOptions ? regime.zeroEdgeShares : regime.learnableGreedy, names)))
        row.append(.init(shares(regime.clairvoyantGreedy, names)))
        row.append(barsCell(regime))
        table.rows.append(row)
    }
    return table
}

/// Whether the interval of the zero-edge gap straddles zero.
package func cannotDecide(_ regime: RegimeValue) -> Bool {
    guard regime.zeroEdgeGreedy != "TIE", let interval = regime.zeroEdgeGap.interval95 else { return false }
    return interval.low <= 0 && interval.high >= 0
}

private func barsCell(_ regime: RegimeValue) -> TextTable.Cell {
    guard let bars = regime.barsToDecide.value, bars.isFinite else { return .init("none") }
    let ratio = bars / Double(max(1, regime.bars))
    return .init(grouped(bars.rounded(.up)), ratio >= 10 ? "x \(grouped(ratio))" : "x \(rate(ratio).prefix(4))")
}

/// `0/52/48`: whole percents in action order.
private func shares(_ list: [(action: String, share: Double)], _ names: [String]) -> String {
    if list.isEmpty { return "-" }
    return names.map { name in
        guard let share = list.first(where: { $0.action == name })?.share, share.isFinite else { return "-" }
        return grouped((100 * share).rounded())
    }.joined(separator: "/")
}

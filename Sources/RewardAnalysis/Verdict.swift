internal import ComponentKit
internal import Rewards
internal import TradingTypes

/// The words of the analysis. Every sentence names the assumption it rests on and the numbers that make it.
package struct Verdict {
    let verdictClass: String
    let learnableClass: String
    let sentence: String
    let notes: [String]

    init(design: RewardDesign, regimes all: [RegimeValue], stack: RewardStack, coinFlip: Double) {
        let regimes = all.filter { $0.bars > 0 }
        let bars = Double(max(1, regimes.reduce(0) { $0 + $1.bars }))
        func share(_ test: (RegimeValue) -> Bool) -> Double { regimes.filter(test).reduce(0) { $0 + Double($1.bars) } / bars }
        let holdShare = share { $0.zeroEdgeGreedy == "HOLD" }
        // Regimes whose interval straddles zero could be either; the class stands only if it survives both readings.
        let certainHold = share { $0.zeroEdgeGreedy == "HOLD" && !$0.gapStraddlesZero }
        let possibleHold = share { $0.zeroEdgeGreedy == "HOLD" || $0.gapStraddlesZero }
        let sided = SpotAction.allCases.dropFirst().map { side in
            share { $0.zeroEdgeGreedy == "TRADE" && $0.prefersOneSide(side.name) }
        }
        let low = Self.classify(hold: certainHold, sides: sided), high = Self.classify(hold: possibleHold, sides: sided)
        verdictClass = low == high ? low : "undecided"
        let learnt = Self.learnableShares(regimes, bars)
        learnableClass = learnt.isEmpty ? "undecided" : Self.classify(hold: learnt[0], sides: Array(learnt.dropFirst()))
        sentence = Self.sentence(verdictClass, regimes, holdShare: holdShare, learnt: learnt)
        notes = Self.notes(regimes, learnt: learnt, learnableClass: learnableClass, verdictClass: verdictClass, coinFlip: coinFlip, design: design)
    }

    /// DESIGN section 12: HOLD at least 80%, HOLD at most 5%, one side at least 80%, else mixed.
    package static func classify(hold: Double, sides: [Double]) -> String {
        if hold >= 0.8 { return "hold_collapse" }
        if (sides.max() ?? 0) >= 0.8 { return "one_sided" }
        if hold <= 0.05 { return "always_trade" }
        return "mixed"
    }

    private static func learnableShares(_ regimes: [RegimeValue], _ bars: Double) -> [Double] {
        guard let first = regimes.first, !first.learnableGreedy.isEmpty else { return [] }
        return first.learnableGreedy.indices.map { a in
            regimes.reduce(0) { $0 + Double($1.bars) * $1.learnableGreedy[a].share } / bars
        }
    }

    private static func sentence(_ verdict: String, _ regimes: [RegimeValue], holdShare: Double, learnt: [Double]) -> String {
        let trading = regimes.filter { $0.zeroEdgeGreedy != "HOLD" }, holding = regimes.filter { $0.zeroEdgeGreedy == "HOLD" }
        let breakEvens = { (list: [RegimeValue]) -> String in
            list.map { $0.breakEvenHitRate.value.map(percent) ?? "no hit rate" }.joined(separator: " / ") + " (" + list.map(\.regime).joined(separator: " / ") + ")"
        }
        switch verdict {
        case "always_trade" where regimes.allSatisfy { $0.zeroEdgeGreedy == "TIE" }:
            return "always trades: HOLD cannot win in any regime, because nothing pays it and nothing charges a trade; at zero edge all actions tie, and any estimate of the next return, right or wrong, makes LONG or SHORT the better one"
        case "always_trade":
            let premiums = regimes.map { signed(-$0.guaranteePremium) }.joined(separator: " / ")
            return "always trades: HOLD cannot win in any regime at zero edge, because the better trade beats it even for someone without skill (guaranteed pay of trading minus holding \(premiums), break-even hit rates \(breakEvens(regimes)))"
        case "hold_collapse" where holding.count == regimes.count:
            return "only holds: at zero edge HOLD is the best action in every regime; trading pays only above a hit rate of \(breakEvens(regimes))"
        case "hold_collapse":
            return "mostly holds: at zero edge HOLD is the best action on \(percent(holdShare)) of bars (\(names(holding))); trading there pays only above a hit rate of \(breakEvens(holding))"
        case "one_sided":
            return "one-sided: at zero edge one trading action is the best on at least 80% of bars, because its side is paid for certain (\(names(trading)))"
        case "undecided":
            let open = regimes.filter(\.gapStraddlesZero)
            return "undecided: in \(names(open)) the interval of the zero-edge gap between trading and holding contains zero, and the class turns on it"
        default:
            var text = "mixed by regime, not by bar: at zero edge it trades in \(names(trading)) and holds in \(names(holding)) (\(percent(holdShare)) of bars)"
            if let top = holding.compactMap(\.breakEvenHitRate.value).max(), top <= 1 {
                text += "; above a hit rate of \(percent(top)) it trades in every regime"
            }
            return text
        }
    }

    private static func notes(
        _ regimes: [RegimeValue], learnt: [Double], learnableClass: String, verdictClass: String, coinFlip: Double, design: RewardDesign
    ) -> [String] {
        var notes: [String] = []
        if !learnt.isEmpty {
            let shares = regimes.map { r in r.learnableGreedy.first.map { percent($0.share) } ?? "?" }.joined(separator: " / ")
            notes.append(
                "At the learnable edge (a model fitted on the features, judged out of fold) the greedy policy holds on \(percent(learnt[0])) of bars: \(shares) (\(regimes.map(\.regime).joined(separator: " / "))). Class: \(learnableClass).")
        }
        if coinFlip > 1e-12 {
            notes.append("It pays a coin-flipper: someone who always trades and tosses for the side earns \(signed(coinFlip)) a bar for no skill.")
        }
        let open = regimes.filter { ($0.barsToDecide.value ?? 0) > Double($0.bars) }
        if !open.isEmpty {
            notes.append("Zero edge is an assumption, and what is paid under it is arithmetic. A policy trains on returns as they came; where those cannot decide (\(names(open))), what it does is luck of the sample.")
        }
        for r in regimes where r.runs > 0 && r.runs < 100 {
            notes.append("\(r.regime) has only \(r.runs) \(r.runs == 1 ? "run" : "runs"); its intervals are rougher than its \(grouped(Double(r.bars))) bars suggest.")
        }
        for option in design.switches { notes.append("Reading chosen: \(option.id) = \(option.chosen).\(option.about.isEmpty ? "" : " \(option.about)")") }
        return notes
    }
}

extension RegimeValue {
    /// Whether zero lies inside the interval of the zero-edge gap. A tie is no doubt but a fact.
    var gapStraddlesZero: Bool { zeroEdgeGreedy != "TIE" && (zeroEdgeGap.interval95?.contains(0) ?? false) }

    /// Whether guaranteed pay makes `side` the better trade at zero edge.
    func prefersOneSide(_ side: String) -> Bool {
        let trades = actions.filter { $0.action != "HOLD" }
        guard let mine = trades.first(where: { $0.action == side }), let other = trades.first(where: { $0.action != side }) else { return false }
        let scale = max(abs(mine.guaranteed + mine.path), abs(other.guaranteed + other.path))
        return mine.guaranteed + mine.path > other.guaranteed + other.path + 1e-9 * scale
    }
}

/// One sentence about one regime.
func regimeSentence(_ r: RegimeValue) -> String {
    if r.bars == 0 { return "no bars of this regime" }
    var text: String
    let gap = r.zeroEdgeGap.value ?? 0
    switch r.zeroEdgeGreedy {
    case "TIE":
        text = "tie at zero edge: no certain pay separates HOLD from trading, so any estimated edge, real or not, makes it trade"
    case "TRADE":
        text = "if nobody can predict the next bar (zero edge), TRADE is worth \(signed(gap)) a bar more than HOLD"
    default:
        text = "if nobody can predict the next bar (zero edge), HOLD is worth \(signed(-gap)) a bar more than TRADE"
    }
    if let p = r.breakEvenHitRate.value, r.zeroEdgeGreedy != "TIE" {
        if p < 0 {
            text += "; trading pays at any hit rate (break-even \(percent(p)))"
        } else if p > 1 {
            text += "; trading does not pay at any hit rate (break-even \(percent(p)))"
        } else {
            text += "; trading pays above a hit rate of \(percent(p))"
            if let band = r.breakEvenHitRate.interval95 { text += " [\(percent(band.low)), \(percent(band.high))]" }
        }
    }
    if let observed = r.observedHitRate.value {
        text += "; the features reach \(percent(observed)) out of fold"
    }
    if let needed = r.barsToDecide.value, needed > Double(r.bars) {
        text += "; on returns as they came, without that assumption, the data cannot decide which is worth more "
        text += "(two sigma needs \(grouped(needed.rounded(.up))) bars, \(grouped(r.bars)) at hand)"
    }
    return text
}

/// "A, B and C".
private func names(_ list: [RegimeValue]) -> String {
    let words = list.map(\.regime)
    guard let last = words.last else { return "no regime" }
    return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
}

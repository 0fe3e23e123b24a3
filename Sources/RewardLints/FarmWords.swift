internal import ComponentKit
internal import Rewards
internal import TradingTypes

/// The words of a farm's story.
enum FarmWords {
    /// "BUY, EXIT, repeat: +0.0100 a step for certain in TRENDING, where holding is paid -0.0400. ..."
    static func sentence(
        _ code: LintCode, _ shape: FarmShape, _ actions: [String], _ regimes: [(name: String, pay: Double, holding: Double)], _ terms: [(id: String, pay: Double)], friction: Double?,
        worst: Double?, net: Double?, step: String
    ) -> String {
        guard let first = regimes.first else { return "" }
        let what = shape.words(actions, top: terms.first?.id ?? "")
        let how: String
        switch code {
        case .farmGuaranteed: how = "for certain"
        case .farmAdversarial: how = "even when every move goes against it"
        default: how = "on a market that nobody can predict"
        }
        let uniform = regimes.count > 1 && regimes.allSatisfy { abs($0.pay - first.pay) <= 1e-3 * abs(first.pay) && abs($0.holding - first.holding) <= 1e-3 * max(abs(first.holding), abs(first.pay)) }
        var text = "\(what): \(signed3(first.pay)) a \(step) \(how)"
        if uniform {
            text += " in \(regimes.count == 4 ? "every regime" : listed(regimes.map(\.name))) (holding: \(signed3(first.holding)))"
        } else {
            text += " in \(first.name) (holding: \(signed3(first.holding)))"
            if regimes.count > 1 { text += ", " + regimes.dropFirst().map { "\(signed3($0.pay)) in \($0.name)" }.joined(separator: ", ") }
        }
        let shown = terms.filter { $0.pay > 0 }.prefix(3).map { "\($0.id) \(signed3($0.pay))" } + terms.filter { $0.pay < 0 }.suffix(2).map { "\($0.id) \(signed3($0.pay))" }
        if terms.count > 1 || regimes.count > 1 { text += "; it is made of \(shown.joined(separator: ", "))" }
        if let worst, code == .farmGuaranteed, worst > 0 { text += "; with every move against it, still \(signed3(worst))" }
        if let net, net <= max(0, first.holding) { text += "; costs take more than that (with everything counted \(signed3(net)) a \(step)), so it pulls towards trading without being a gain" }
        if !shape.isStanding {
            if let friction {
                text += "; friction in the reward above \(points(friction)) a round trip would stop it"
            } else {
                text += code == .farmAdversarial ? "; no friction stops it, because losing is paid" : "; no friction stops it, because nothing in the reward reads what a trade earns"
            }
        }
        return text
    }

    /// What to change, with the number that stops it.
    static func patch(
        _ code: LintCode, _ shape: FarmShape, design: RewardDesign, stack: RewardStack, _ terms: [(id: String, pay: Double)], excess: Double
    ) -> String {
        guard let top = terms.first(where: { $0.pay > 0 }), let k = design.terms.firstIndex(where: { $0.id == top.id }) else { return "charge what the cycle costs" }
        let term = design.terms[k], left = top.pay - excess
        let weight = left > 0 && top.pay > 0 ? term.weight * left / top.pay : 0
        let limit = weight == 0 ? "any weight of it is farmed, so " : "a weight of \(shortNumber(rounded3(weight))) or less stops it (it is \(shortNumber(term.weight))); or "
        if code == .farmMartingale, !isCertain(k, stack) {
            return limit + "pay wins and losses of '\(term.id)' alike, so that a coin earns nothing: charge a wrong trade as much as a right one is paid"
        }
        if code == .farmAdversarial, !isCertain(k, stack) { return "look at the sign of '\(term.id)': losing is paid by it" }
        if shape.isStanding {
            return limit + "pay for what a position earns instead of for having it, or charge at least \(shortNumber(rounded3(excess))) a bar more for holding one"
        }
        return limit + "pay '\(term.id)' once per position that lasts (accrual: close, with 'when: \(age(design)) >= 10'), or as a potential (term: potential), whose pay cancels round any cycle"
    }

    /// Flags the other terms that keep the cycle of `story` worth its while each on its own.
    static func accomplices(_ story: FarmStory, _ design: RewardDesign, holding: Double, step: String, _ report: inout LintReport) {
        let losses = story.terms.reduce(0) { $0 + min(0, $1.pay) }
        for (id, pay) in story.terms.filter({ $0.pay > 0 }).dropFirst() where pay + losses > max(0, holding) {
            guard let term = design.terms.first(where: { $0.id == id }) else { continue }
            report.add(
                story.code, term, design, "the same cycle (\(story.actions.joined(separator: ", "))) is farmed by '\(id)' alone: \(signed3(pay)) a \(step)",
                help: "what stops the other term does not stop this one; the same remedies apply")
        }
    }

    private static func age(_ design: RewardDesign) -> String { design.environment == .spot ? "bars_in_position" : "minutes_in_trade" }

    static func isCertain(_ k: Int, _ stack: RewardStack) -> Bool { stack.provenance(of: k).allSatisfy { $0 == .guaranteed || $0 == .path } }

    static func points(_ share: Double) -> String { "\(shortNumber(rounded3(100 * share)))%" }

    /// "A, B and C".
    static func listed(_ words: [String]) -> String {
        guard let last = words.last else { return "" }
        return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// Sign and three significant digits.
    static func signed3(_ x: Double) -> String { signed(rounded3(x)) }
}

/// To three significant digits.
func rounded3(_ x: Double) -> Double {
    guard x != 0, x.isFinite else { return x }
    var scale = 1.0
    while abs(x) * scale < 100 { scale *= 10 }
    while abs(x) * scale >= 1_000 { scale /= 10 }
    return (x * scale).rounded() / scale
}

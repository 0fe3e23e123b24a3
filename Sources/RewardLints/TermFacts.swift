internal import AbstractMDP
internal import ComponentKit
internal import Expressions
internal import Rewards
internal import TradingTypes

/// What both environments know of a reward's terms, and the lints that follow from it alone. K terms.
struct TermFacts {
    let design: RewardDesign
    let stack: RewardStack
    let model: AbstractModel
    /// Terms with a weight.
    let paying: [Int]
    /// What policies met, the random one first.
    let reach: [ReachCount]
    /// Weighted pay of each term on the steps of random trades, shaping left out, [K][T].
    let pays: [[Double]]
    /// Deviation of that a step, and its mean size where it pays, [K].
    let deviation, typical: [Double]
    /// "bar" or "step".
    let step: String

    /// - Parameter trades: what random trades led to.
    init(_ stack: RewardStack, _ model: AbstractModel, reach: [ReachCount], trades: OutcomeColumns, step: String) {
        design = stack.design
        self.stack = stack
        self.model = model
        self.reach = reach
        self.step = step
        paying = stack.design.terms.indices.filter { stack.design.terms[$0].weight != 0 }
        pays = stack.design.terms.indices.map { stack.unshapedPay(of: [$0], tried: trades, taken: trades) }
        deviation = pays.map { moments($0).deviation }
        typical = pays.map { moments($0.filter { $0 != 0 }.map(abs)).mean }
    }

    func isPotential(_ k: Int) -> Bool {
        if case .potential = design.terms[k].body { return true }
        return false
    }

    /// Pay of a term over all abstract states and actions, at zero edge.
    private func total(_ k: Int) -> Double {
        let pay = model.terms[k]
        return pay.certain.joined().reduce(0, +) + 0.5 * (pay.favourable.joined().reduce(0, +) + pay.adverse.joined().reduce(0, +))
    }

    private func paysSomewhere(_ k: Int) -> Bool {
        let pay = model.terms[k]
        return [pay.certain, pay.favourable, pay.adverse].contains { $0.joined().contains { $0 != 0 } }
    }

    // MARK: Reach

    /// Terms that nothing meets, and bonuses that random actions do not. `reason`: why a threshold is never met, where that is known.
    func lintReach(_ report: inout LintReport, reason: (RewardTerm) -> String = { _ in "" }) {
        report.policies = reach.map(\.policy)
        report.reach = design.terms.enumerated().map { k, term in ReachRow(term: term.id, weight: term.weight, hits: reach.map { $0.hits[k] }) }
        for k in paying where !isPotential(k) {
            let term = design.terms[k], hits = report.reach[k].hits
            if hits.allSatisfy({ $0 == 0 }), !paysSomewhere(k) {
                report.add(
                    .neverFires, term, design,
                    "'\(term.id)' never fired in \(grouped(reach.reduce(0) { $0 + $1.steps })) steps of \(reach.count) policies, nor in any action tried beside them: \(term.formula)\(reason(term))",
                    help: "move its threshold to where trades get ('assay check --explain' shows how often terms pay), or remove the term")
            } else if hits[0] < 1e-4, total(k) > 0 {
                let best = reach.indices.max { (hits[$0], $1) < (hits[$1], $0) } ?? 0
                report.add(
                    .unreachableTerm, term, design,
                    "'\(term.id)' is out of reach of a policy that explores: random actions are paid it on \(FarmWords.points(hits[0])) of their \(step)s (\(hits[best] > 0 ? "most often \(reach[best].name): \(FarmWords.points(hits[best]))" : "no policy tried is paid it at all"))",
                    help: "what is never met is never learnt: \(way(hits, best))")
            }
        }
    }

    /// How the term could be met: by a teacher that meets it, with how many steps show it about a hundred times.
    private func way(_ hits: [Double], _ best: Int) -> String {
        let teacher = reach.indices.filter { reach[$0].kind == .teacher && hits[$0] > 0 }.max { hits[$0] < hits[$1] }
        let step = "pay a step on the way to it as a potential"
        guard let teacher else { return "start from a teacher script that reaches it ('assay teach'; --teacher SCRIPT tells how often one does), or \(step)" }
        return "start from '\(reach[teacher].name)', which is paid it once in \(grouped((1 / hits[teacher]).rounded())) \(self.step)s: demonstrations of \(grouped((100 / hits[teacher]).rounded(.up))) show it about a hundred times ('assay teach'); or \(step)"
    }

    // MARK: Units and scale

    /// Terms in the price's currency beside others.
    ///
    /// - Parameters:
    ///   - outcomes: steps to score as they are, and with every name that is a price ten times as high.
    ///   - priced: those names.
    func lintUnits(_ outcomes: [OutcomeColumns], priced: [String], help: String, _ report: inout LintReport) {
        guard !stack.names.isDisjoint(with: priced) else { return }
        let other = outcomes.map { plain in
            func scaled(_ columns: [String: Column]) -> [String: Column] {
                columns.reduce(into: [:]) { out, entry in out[entry.key] = priced.contains(entry.key) ? .values((0..<plain.count).map { 10 * entry.value[$0] }) : entry.value }
            }
            var other = plain
            other.columns = scaled(plain.columns)
            other.next = scaled(plain.next)
            return other
        }
        func moves(_ k: Int) -> Bool {
            zip(outcomes, other).contains { plain, other in
                zip(stack.parts(of: k, tried: plain, taken: plain), stack.parts(of: k, tried: other, taken: other)).contains { a, b in
                    (0..<plain.count).contains { abs(a.pay[$0] - b.pay[$0]) > 1e-9 * max(abs(a.pay[$0]), abs(b.pay[$0])) }
                }
            }
        }
        let inCurrency = paying.filter(moves)
        guard let first = inCurrency.first, let plain = paying.first(where: { !inCurrency.contains($0) }) else { return }
        report.add(
            .unitMismatch, design.terms[first], design,
            "'\(design.terms[first].id)' is paid in the price's currency (about \(shortNumber(rounded3(typical[first]))) at a time), '\(design.terms[plain].id)' in plain numbers (\(shortNumber(rounded3(typical[plain])))): their ratio changes with the price",
            help: help)
    }

    private static let bound = "bound what it divides by from below, to its usual size: max(x, 0.001); or cut the pay off on both sides: clamp(..., -3, 3)"

    /// Terms whose pay is no finite number on some steps. Whether there are any: then nothing else can be said of the design.
    func lintFinite(_ report: inout LintReport) -> Bool {
        for k in paying {
            let broken = pays[k].count { !$0.isFinite }
            guard broken > 0 else { continue }
            report.add(
                .notFinite, design.terms[k], design, "'\(design.terms[k].id)' is no finite number on \(grouped(Double(broken))) of \(grouped(Double(pays[k].count))) \(step)s of random trades; nothing else is judged",
                help: Self.bound)
        }
        return !report.issues.isEmpty
    }

    /// Terms that live on a few steps: a denominator that comes near 0.
    func lintSpikes(_ report: inout LintReport) {
        for k in paying {
            // A memory fills first.
            let sizes = pays[k].dropFirst(stack.keepsMemory(k) ? MemoryEffect.warmUp : 0).filter { $0 != 0 }.map(abs).sorted(by: >), few = sizes.count / 1_000
            guard few >= 1 else { continue }
            let squares = sizes.reduce(0) { $0 + $1 * $1 }, share = sizes.prefix(few).reduce(0) { $0 + $1 * $1 } / squares
            guard share > 0.5 else { continue }
            report.add(
                .scale, design.terms[k], design,
                "'\(design.terms[k].id)' lives on a few \(step)s: of those that pay anything, one in a thousand makes \(FarmWords.points(share)) of its variance (the largest pays \(shortNumber(rounded3(sizes[0]))), the middle one \(shortNumber(rounded3(sizes[sizes.count / 2]))))",
                help: Self.bound)
        }
    }

    /// Terms that pay on the same steps and in proportion: one thing paid, or charged, twice.
    func lintDoubles(_ report: inout LintReport) {
        let judged = paying.filter { !isPotential($0) && deviation[$0] > 0 }
        for (i, b) in judged.enumerated() {
            for a in judged[..<i] {
                let both = zip(pays[a], pays[b]).count { $0 != 0 && $1 != 0 }, either = zip(pays[a], pays[b]).count { $0 != 0 || $1 != 0 }
                guard both > 50, Double(both) > 0.9 * Double(either) else { continue }
                let x = moments(pays[a]).mean, y = moments(pays[b]).mean
                let covariance = zip(pays[a], pays[b]).reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / Double(pays[a].count)
                let correlation = covariance / deviation[a] / deviation[b]
                guard abs(correlation) > 0.98 else { continue }
                let ratio = rounded3(deviation[b] / deviation[a]), size = ratio == 1 ? "as much" : "\(shortNumber(ratio)) times as much"
                report.add(
                    .doubleCounting, design.terms[b], design,
                    correlation > 0
                        ? "'\(design.terms[b].id)' pays what '\(design.terms[a].id)' pays already: on the same \(step)s, \(size) (correlation \(shortNumber(rounded3(correlation))))"
                        : "'\(design.terms[b].id)' takes back what '\(design.terms[a].id)' pays: on the same \(step)s, \(size) (correlation \(shortNumber(rounded3(correlation))))",
                    help: "keep one of the two, with the weight that both were to have")
            }
        }
    }

    /// Terms that are lost beside the largest uncertain one, or drown it.
    func lintScale(_ report: inout LintReport) {
        guard let base = paying.filter({ stack.provenance(of: $0).contains(.uncertain) }).max(by: { deviation[$0] < deviation[$1] }), deviation[base] > 0 else { return }
        for k in paying where k != base && !isPotential(k) {
            let size = typical[k], ratio = size / deviation[base], term = design.terms[k]
            guard size > 0, ratio < 0.01 || ratio > 10 else { continue }
            report.add(
                .scale, term, design,
                "'\(term.id)' pays about \(shortNumber(rounded3(size))) when it pays, \(ratio < 1 ? "only \(FarmWords.points(ratio)) of" : "\(shortNumber(rounded3(ratio))) times") the deviation of '\(design.terms[base].id)' (\(shortNumber(rounded3(deviation[base]))) a \(step))",
                help: ratio < 1 ? "it hardly counts: a weight of about \(shortNumber(rounded3(term.weight * 0.05 / ratio))) would make it 5% of the base" : "it drowns the base: a weight of about \(shortNumber(rounded3(term.weight / ratio))) would make it as large")
        }
    }

    // MARK: Costs

    /// Terms that are paid more, for the same actions, where trading costs more. The drawdown, which costs deepen, stays as it was.
    func credited(_ plain: OutcomeColumns, dearer: OutcomeColumns) -> [Int] {
        var dearer = dearer
        if let drawdown = plain.columns["drawdown"] { dearer.columns["drawdown"] = drawdown }
        return raised(plain, dearer).map(\.term)
    }

    /// Terms without a memory that are paid more in all on the steps of `other`, and what they are paid there.
    private func raised(_ plain: OutcomeColumns, _ other: OutcomeColumns) -> [(term: Int, sum: Double)] {
        let before = stack.ledger(plain), after = stack.ledger(other)
        func sum(_ row: [Double]) -> Double { row.reduce(0) { $1.isFinite ? $0 + $1 : $0 } }
        return paying.filter { !isPotential($0) && !stack.keepsMemory($0) }.map { ($0, sum(after[$0])) }.filter { k, total in
            let former = sum(before[k])
            return total > former + 1e-9 * max(1, abs(former))
        }
    }

    /// Terms that are paid, and the more the deeper the drawdown, in the rows of `outcomes`. A charge that a deep drawdown makes smaller is none of them.
    func lintDrawdown(_ outcomes: OutcomeColumns, _ report: inout LintReport) {
        guard let column = outcomes.columns["drawdown"] else { return }
        var deeper = outcomes
        deeper.columns["drawdown"] = .values((0..<outcomes.count).map { column[$0] + 0.01 })
        for (k, sum) in raised(outcomes, deeper) where sum > 0 {
            report.add(
                .farmAdversarial, design.terms[k], design, "'\(design.terms[k].id)' pays more the deeper the drawdown is: losing is paid",
                help: "turn its sign: 'drawdown' is positive when equity stands below its highest")
        }
    }

    /// Reports farms, each at the term that pays most for it; what lives on a cost with the wrong sign is told as that.
    func lintFarms(_ stories: [FarmStory], credited: [Int], _ report: inout LintReport) {
        for var story in stories {
            let top = story.terms.first { $0.pay > 0 }?.id
            if let k = credited.first(where: { design.terms[$0].id == top }) { story = story.asCreditedCost(design.terms[k].id) }
            guard let k = design.terms.firstIndex(where: { $0.id == top }) else { continue }
            report.farms.append(story)
            report.add(story.code, design.terms[k], design, story.sentence, help: story.patch)
            FarmWords.accomplices(story, design, holding: story.regimes[0].holding, step: step, &report)
        }
        for k in credited where !report.issues.contains(where: { $0.code == LintCode.farmAdversarial.rawValue && $0.line == design.terms[k].line }) {
            report.add(
                .farmAdversarial, design.terms[k], design, "'\(design.terms[k].id)' pays more the higher the cost is: a fee is credited instead of charged",
                help: "turn its sign: 'cost' is positive when something is paid")
        }
    }

    // MARK: Memory

    /// Terms whose memory moves what entering is worth against staying out.
    ///
    /// - Parameters:
    ///   - taken: steps of a random trader, which fill the memory.
    ///   - entering, holding: what either action would have led to on each of those steps, as the future came and mirrored.
    ///   - flat: steps without a position.
    ///   - regimes: of every step, [T].
    func lintMemory(taken: OutcomeColumns, entering: [OutcomeColumns], holding: [OutcomeColumns], flat: [Int], regimes: [Int], _ report: inout LintReport) {
        for k in paying where stack.keepsMemory(k) {
            let effect = MemoryEffect(stack, term: k, of: paying, taken: taken, entering: entering, holding: holding, flat: flat, regimes: regimes)
            let row = MemoryRow(term: design.terms[k].id, memory: effect.memory, steps: effect.steps)
            report.memories.append(row)
            guard row.share > MemoryRow.limit else { continue }
            report.add(
                .nonMarkov, design.terms[k], design,
                "'\(row.term)' pays by a memory of the episode that the policy cannot see: the memory moves what entering pays by \(shortNumber(rounded3(row.memory))) (one deviation), the \(step) itself by \(shortNumber(rounded3(row.steps)))",
                help: "pay what a step adds instead of a level (differential_sharpe instead of sharpe_window), pay it as a potential, or show the memory in a trainer of your own; a policy that cannot see it learns the average")
        }
    }
}

/// Whether half of the difference between trading and holding or more is certain pay's doing. Where it is less, the market's costs decide, and certain pay neither made the doubt nor would end it.
func makesTheGap(certain: Double, of gap: Double) -> Bool { abs(certain) > 0.5 * abs(gap) }

extension FarmStory {
    /// The same cycle, known to live on a cost with the wrong sign.
    func asCreditedCost(_ term: String) -> FarmStory {
        let story = sentence.firstRange(of: "; friction").map { String(sentence[..<$0.lowerBound]) } ?? sentence
        return FarmStory(
            code: .farmAdversarial, actions: actions, regimes: regimes, terms: terms, breakEvenFriction: nil, worst: worst, steps: steps,
            sentence: story + "; '\(term)' pays more the higher the cost is: a fee is credited instead of charged",
            patch: "turn the sign of '\(term)': costs are positive when something is paid")
    }
}

public import ComponentKit

/// A card for every lint code: what it says and what to do.
public enum LintCatalog {
    public static let cards: [Card] = LintCode.allCases.map { code in
        Card(
            name: code.rawValue, kind: "lint", summary: code.summary, formula: code.test, source: "REWARD-ANALYSIS C4 and E.5; docs/checking-rewards.md",
            facts: [("what to do", code.remedy), ("severity", "warning; exit 2 with --fail-on warning")])
    }.sorted { $0.name < $1.name }
}

extension LintCode {
    fileprivate var summary: String {
        switch self {
        case .farmAdversarial: "A cycle of actions pays even when every move goes against it, or a term pays more the higher the cost is."
        case .farmGuaranteed: "A cycle of actions is paid more than holding by certain pay alone."
        case .farmMartingale: "A cycle of actions is paid more than holding on a market that nobody can predict."
        case .convexityLeak: "Random trades on a fair market are paid for chance."
        case .notFinite: "A term's pay is no finite number on some steps."
        case .doubleCounting: "Two terms pay, or charge, the same thing."
        case .neverFires: "A term paid nothing in any step or state tried."
        case .unreachableTerm: "A bonus that a policy which explores hardly ever meets."
        case .unitMismatch: "Some terms are in the price's currency, others plain numbers."
        case .scale: "A term is far too small, or far too large, beside the largest uncertain term."
        case .oneSidedGuarantee: "Holding is paid for certain, and nothing pays a trade back."
        case .notObserved: "A term is paid by what the policy cannot see."
        case .nonMarkov: "A term pays by a memory of the episode that the policy cannot see."
        case .notIdentifiable: "The bars cannot tell whether trading or holding is paid more."
        }
    }

    fileprivate var test: String {
        switch self {
        case .notFinite: "NaN or infinite pay on a step of random trades"
        case .doubleCounting: "two terms pay on the same steps (90% of those on which either does) with a correlation above 0.98 or below -0.98"
        case .farmAdversarial: "largest mean pay of the abstract process at a hit rate of 0 > max(0, holding); or d reward / d cost > 0"
        case .farmGuaranteed: "largest mean of guaranteed and path pay on the abstract process > max(0, holding)"
        case .farmMartingale: "largest mean pay of the abstract process at a hit rate of one half > max(0, holding)"
        case .convexityLeak: "mean uncertain pay of random trades, futures and their mirror images alike, > that of holding (6 standard errors, 0.5% of its deviation)"
        case .neverFires: "share of steps on which it pays = 0 under every policy, and 0 in every state tried"
        case .unreachableTerm: "share of random steps on which it pays < 1/10,000"
        case .unitMismatch: "prices ten times as high change the pay of some terms and not of others"
        case .scale: "mean size where it pays / deviation of the largest uncertain term, outside 0.01 to 10; or one paying step in 1,000 makes half of its variance"
        case .oneSidedGuarantee: "certain pay for HOLD > 0 and break-even hit rate > 60%, or none; or < 0 and break-even < 45%"
        case .notObserved: "a name known at the decision that no column of the observation is; or one shown through others that tell less than 10% of the pay's entropy"
        case .nonMarkov: "what entering pays at once beyond holding: its deviation by the memory at zero edge > 0.16 of that by the steps, within regimes (ten points of hit rate)"
        case .notIdentifiable: "(2 deviation / difference)^2 > bars of the regime (options: trades that fit into its minutes), where certain pay makes half of the difference or more"
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .notFinite: "bound what it divides by from below"
        case .doubleCounting: "keep one of the two, with the weight that both were to have"
        case .farmAdversarial: "look for a sign: costs are positive when something is paid"
        case .farmGuaranteed: "pay once per position that lasts, or as a potential, or charge what the cycle costs"
        case .farmMartingale, .convexityLeak: "pay losses like gains: no max(0, ...), no bonus for winning without its counterpart"
        case .neverFires: "loosen the condition or remove the term"
        case .unreachableTerm: "start from a teacher script that reaches it, or pay a step on the way as a potential"
        case .unitMismatch: "divide by the price, the volatility or the average range"
        case .scale: "change the weight as the message says, or make it a shadow term (weight 0)"
        case .oneSidedGuarantee: "lower the bonus, or give it a counterpart that a trade can earn"
        case .notObserved: "show it: 'environment: observe:' on the spot market, 'features: set:' for options"
        case .nonMarkov: "pay what a step adds instead of a level, pay it as a potential, or show the memory in a trainer of your own"
        case .notIdentifiable: "make the difference larger, the weight of returns smaller, or divide returns by the volatility"
        }
    }
}

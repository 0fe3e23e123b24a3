/// The columns of a run's tables, in one place for those who write and those who read them. docs/run-folder.md defines each.
package enum RunTables {
    /// `mix.csv`: a row per regime and update. Shares of the decisions taken in that regime since the row before.
    package static func mix(actions: [String]) -> [String] {
        ["step", "regime", "decisions"] + actions.map { "sampled_" + $0 } + actions.map { "argmax_" + $0 } + actions.map { "probability_" + $0 }
    }

    /// `ledger.csv`: a row per regime, action and update. Weighted contributions of the reward's terms, summed over those decisions.
    package static func ledger(terms: [String]) -> [String] { ["step", "regime", "action", "decisions"] + terms.map { "term_" + $0 } + ["total"] }
}

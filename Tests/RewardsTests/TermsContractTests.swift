import ComponentKit
import Expressions
import Rewards
import Testing
import TradingTypes

/// Laws that every term of the catalogue obeys: registering a term is testing it.
@Suite struct TermsContractTests {
    static let names = RewardCatalog.standard.names
    /// All but the one that is only a card.
    static let usable = names.filter { $0 != "kl_to_teacher" }

    private func card(_ name: String) throws -> Card { try #require(RewardCatalog.standard[name]).card }

    private func fact(_ card: Card, _ label: String) -> String? { card.facts.first { $0.label == label }?.text }

    @Test func listIsAlphabetical() {
        #expect(Self.names == Self.names.sorted())
        #expect(Self.names.count == 26)
    }

    @Test(arguments: names) func cardIsComplete(name: String) throws {
        let card = try card(name)
        #expect(card.kind == "reward term")
        #expect(card.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
        #expect(card.summary.hasSuffix(".") && card.summary.count <= 110)
        #expect(!card.formula.isEmpty && !card.unit.isEmpty && !card.source.isEmpty)
        #expect(fact(card, "provenance")?.isEmpty == false)
        let accrual = try #require(fact(card, "accrual"))
        #expect(accrual == "none" || Accrual.allCases.contains { accrual.hasPrefix($0.rawValue) }, "\(accrual)")
        for parameter in card.parameters {
            #expect(!parameter.summary.isEmpty)
            if let value = parameter.defaultValue { #expect(parameter.range.contains(value), "\(parameter.name)") }
            #expect(parameter.range.upperBound < .greatestFiniteMagnitude, "\(parameter.name) has no upper limit")
        }
    }

    @Test(arguments: usable) func worksWithItsDefaults(name: String) throws {
        // Long positions and long waits, so that terms with a threshold get to pay.
        let run = randomOutcomes(3_000, seed: 1, stay: 0.99)
        let next = OutcomeColumns(count: 3_000, action: nil, columns: run.columns, next: run.columns)
        let paid = try pay(name, neededParameters[name] ?? [], next)
        #expect(paid.allSatisfy { $0.isFinite })
        #expect(paid.contains { $0 != 0 }, "\(name) never pays")
    }

    static let parameters: [(term: String, parameter: String)] = usable.flatMap { name in
        (RewardCatalog.standard[name]?.card.parameters ?? []).map { (name, $0.name) }
    }

    /// A value beyond either limit is an error that points at the value.
    @Test(arguments: parameters.indices) func outOfRangeIsReportedInPlace(index: Int) throws {
        let (name, parameter) = Self.parameters[index]
        let range = try #require(try card(name).parameters.first { $0.name == parameter }).range
        let needed = neededParameters[name] ?? []
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            let error = #expect(throws: InputIssues.self) { try design(termFile(name, needed + ["\(parameter): \(value)"])) }
            let issue = try #require(error?.issues.first { $0.code == "range" }, "\(error?.description ?? "")")
            #expect(issue.line == 9 + needed.count && issue.column == 7 + parameter.count + 2)
            #expect(issue.message.contains(parameter))
        }
    }

    @Test(arguments: parameters.indices) func aWordForANumberIsReported(index: Int) throws {
        let (name, parameter) = Self.parameters[index]
        let error = #expect(throws: InputIssues.self) { try design(termFile(name, (neededParameters[name] ?? []) + ["\(parameter): many"])) }
        #expect(error?.issues.contains { $0.code == "type" } == true)
    }

    @Test(arguments: usable) func unknownParameterIsReported(name: String) throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile(name, (neededParameters[name] ?? []) + ["nonsense_here: 1"])) }
        #expect(error?.issues.contains { $0.code == "unknown_key" && $0.message.contains("nonsense_here") } == true)
    }

    @Test(arguments: ["positive_only", "potential", "reward_machine"]) func missingParameterIsReported(name: String) throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile(name)) }
        #expect(error?.issues.contains { $0.code == "missing_parameter" && $0.line == 7 } == true)
    }

    // MARK: Provenance

    /// The card says what the compiler derives (or the term declares).
    @Test(arguments: usable) func cardTellsTheProvenance(name: String) throws {
        let derived = try stack(name, neededParameters[name] ?? []).provenance(of: 0)
        if name == "positive_only" || name == "reward_machine" {
            #expect(derived == [.uncertain])
        } else {
            #expect(fact(try card(name), "provenance") == derived.map(\.rawValue).joined(separator: ", "))
        }
    }

    /// Redraw everything that is known only after the action: guaranteed and path pay stay as they are, uncertain pay moves.
    @Test(arguments: usable.filter { $0 != "potential" }) func provenanceIsTrue(name: String) throws {
        let stack = try stack(name, neededParameters[name] ?? [])
        let run = randomOutcomes(300, seed: 2), other = run.withOtherFuture(seed: 3)
        let before = stack.parts(of: 0, tried: run, taken: run), after = stack.parts(of: 0, tried: other, taken: other)
        for (x, y) in zip(before, after) {
            let moves = (0..<300).contains { x.pay[$0] != y.pay[$0] }
            #expect(moves == (x.provenance == .uncertain), "\(name): \(x.provenance) pay \(moves ? "moved" : "did not move")")
        }
    }

    /// Guaranteed pay does not depend on the agent's past either: redraw the path.
    @Test(arguments: usable) func guaranteedPayIgnoresThePath(name: String) throws {
        let stack = try stack(name, neededParameters[name] ?? [])
        guard stack.provenance(of: 0).contains(.guaranteed) else { return }
        let run = randomOutcomes(300, seed: 2)
        var moved = run
        for path in ["position", "bars_in_position", "bars_flat", "unrealized", "drawdown"] {
            moved.columns[path] = run.columns[path].map { column in .values((0..<300).map { 1 - column[299 - $0] }) }
        }
        for (x, y) in zip(stack.parts(of: 0, tried: run, taken: run), stack.parts(of: 0, tried: moved, taken: moved)) where x.provenance == .guaranteed {
            #expect((0..<300).allSatisfy { x.pay[$0] == y.pay[$0] })
        }
    }

    // MARK: Memory

    /// Two episodes in one run score exactly as two runs.
    @Test(arguments: usable.filter { $0 != "potential" }) func memoryStartsAnewWithEachEpisode(name: String) throws {
        let both = randomOutcomes(260, seed: 4, episodeStarts: [0, 130])
        let needed = neededParameters[name] ?? []
        let together = try pay(name, needed, both)
        let apart = try pay(name, needed, both.rows(0..<130)) + pay(name, needed, both.rows(130..<260))
        #expect(together == apart)
    }

    /// Scoring what was taken as if it were tried gives the ledger: pay before memory, memory from the steps taken.
    @Test(arguments: usable.filter { $0 != "potential" }) func triedEqualsTakenOnTheOwnTrajectory(name: String) throws {
        let stack = try stack(name, neededParameters[name] ?? [])
        let run = randomOutcomes(100, seed: 6)
        let parts = stack.parts(of: 0, tried: run, taken: run), row = stack.ledger(run)[0]
        for t in 0..<100 { #expect(abs(parts.reduce(0) { $0 + $1.pay[t] } - row[t]) < 1e-15) }
    }

    // MARK: Refusals

    /// A rolling ratio over a handful of returns is refused with the reason, not only the limits.
    @Test(arguments: ["sharpe_window", "sortino_window"]) func shortWindowIsRefusedWithTheReason(name: String) throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile(name, ["window: 5"])) }
        let issue = try #require(error?.issues.first)
        #expect(error?.issues.count == 1)
        #expect(issue.code == "range" && issue.line == 9 && issue.column == 15)
        #expect(issue.message == "'window' is 5, less than 10: the deviation of so few returns is often close to 0, so the ratio explodes")
    }

    @Test(arguments: [("sharpe_window", "window"), ("net_worth_window", "bars"), ("invalid_action", "repeats")])
    func fractionOfABarIsRefused(name: String, parameter: String) throws {
        let value = parameter == "repeats" ? "0.5" : "30.5"
        let error = #expect(throws: InputIssues.self) { try design(termFile(name, ["\(parameter): \(value)"])) }
        #expect(error?.issues.first?.message == "'\(parameter)' is \(value), which is not a whole number")
    }

    @Test func klToTeacherSaysWhereItBelongs() throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile("kl_to_teacher", ["beta: 0.2"])) }
        let issue = try #require(error?.issues.first)
        #expect(issue.code == "loss_term" && issue.line == 7)
        #expect(issue.help?.contains("'teacher'") == true)
    }

    @Test func positionReturnOffersNoOtherUnits() throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile("position_return", ["normalise: art"])) }
        #expect(error?.issues.first?.code == "choice" && error?.issues.first?.note == "did you mean 'atr'?")
    }

    @Test func potentialOfAnOutcomeIsRefused() throws {
        let error = #expect(throws: InputIssues.self) { try design(termFile("potential", ["phi: next_return"])) }
        #expect(error?.issues.first?.code == "outcome_in_potential")
    }
}

internal import ComponentKit
internal import Forecasting
internal import Training
internal import TradingTypes

/// Tables of a forecast in which the agent's position matters: its mix flat and in a trade, and the point that training tends to.
struct PositionTables {
    let forecast: RewardForecast
    let position: PositionForecast
    let outcome: ForecastOutcome?

    init(_ forecast: RewardForecast, _ position: PositionForecast, _ outcome: ForecastOutcome?) {
        (self.forecast, self.position, self.outcome) = (forecast, position, outcome)
    }

    /// Actions that a situation allows at all, as indices.
    private func actions(_ situations: [SituationForecast]) -> [Int] { forecast.actions.indices.filter { a in situations.contains { $0.sampled[a] > 0 } } }

    /// The mix of one situation by regime, with its bands and, where it is known, what training reached.
    func mix(_ situations: [SituationForecast], trained: [[Double]]?, decisions: String) -> TextTable {
        let actions = actions(situations)
        var heads = ["regime", decisions] + actions.map { "\(forecast.actions[$0]) %" } + ["arg-max\nHOLD %"]
        if trained != nil { heads.insert("trained\nHOLD %", at: 3) }
        var table = TextTable(heads)
        for (g, situation) in situations.enumerated() {
            var cells = [TextTable.Cell(forecast.regimes[g].regime), TextTable.Cell(grouped(Int(situation.decisions.rounded())))]
            if situation.decisions > 0 {
                cells += actions.map { a in
                    let band = situation.band90[a]
                    return TextTable.Cell(whole(100 * situation.sampled[a]), "\(whole(100 * band.lowerBound))-\(whole(100 * band.upperBound))")
                }
                cells.append(TextTable.Cell(whole(100 * situation.argmax[0])))
                if let trained { cells.insert(TextTable.Cell(whole(100 * trained[g][0])), at: 3) }
            } else {
                cells += [TextTable.Cell](repeating: TextTable.Cell("-"), count: heads.count - 2)
            }
            table.rows.append(cells)
        }
        return table
    }

    /// Reached and at rest side by side: HOLD flat and in a trade by regime, round trips, class.
    func rest(_ rest: RestForecast) -> TextTable {
        let columns: [(name: String, policy: RestForecast.Policy)] = [("rest of\nPPO", rest.ppo), ("soft\noptimum", rest.soft), ("optimum", rest.hard)]
        var table = TextTable(["HOLD %", "reached"] + columns.map(\.name))
        for (words, part, own) in [("flat", \RestForecast.Policy.mix.flat, position.flat), ("in a trade", \RestForecast.Policy.mix.held, position.held)] {
            for (g, regime) in forecast.regimes.enumerated() where own[g].decisions > 0 || columns.contains(where: { $0.policy[keyPath: part][g].reduce(0, +) > 0 }) {
                table.rows.append(
                    [TextTable.Cell("\(words), \(regime.regime)"), TextTable.Cell(own[g].decisions > 0 ? whole(100 * own[g].sampled[0]) : "-")]
                        + columns.map { column in
                            let shares = column.policy[keyPath: part][g]
                            return TextTable.Cell(shares.reduce(0, +) > 0 ? whole(100 * shares[0]) : "-")
                        })
            }
        }
        table.rows.append([TextTable.Cell("round trips per \(position.roundTripsPer)"), TextTable.Cell(rounded(position.roundTrips))] + columns.map { TextTable.Cell(rounded($0.policy.roundTrips)) })
        table.rows.append([TextTable.Cell("class"), TextTable.Cell(forecast.likeliestClass.rawValue)] + columns.map { TextTable.Cell($0.policy.policyClass.rawValue) })
        return table
    }

    /// Says what the columns are and how well they were solved.
    func restSentence(_ rest: RestForecast) -> String {
        var text = "Rest is the abstract process (\(grouped(rest.states)) states: regime x position x age x profit x tiers, as far as the reward reads them; counted on the training data, nobody can predict the next \(forecast.actions.count > 3 ? "minute" : "bar")), solved to a Bellman residual of \(shortNumber(rest.residual == 0 ? 0 : significant(rest.residual, 2))) at a temperature of \(shortNumber(significant(rest.temperature, 3)))"
        if !rest.averaged.isEmpty { text += "; what \(rest.averaged.joined(separator: ", ")) remember\(rest.averaged.count == 1 ? "s" : "") is averaged" }
        return text + ". Training tends to it, and need not get there: 'reached' is what this many steps are forecast to make."
    }

    private func whole(_ value: Double) -> String { value.isFinite ? String(Int(value.rounded())) : "-" }
    private func rounded(_ value: Double) -> String { value >= 9.95 ? whole(value) : shortNumber((10 * value).rounded() / 10) }

    /// `value` with `digits` significant ones.
    private func significant(_ value: Double, _ digits: Int) -> Double {
        guard value != 0, value.isFinite else { return value }
        var scale = 1.0
        while abs(value) * scale < 1 { scale *= 10 }
        while abs(value) * scale >= 10 { scale /= 10 }
        let power = digits == 3 ? 100.0 : 10.0
        return (value * scale * power).rounded() / (scale * power)
    }
}

/// The page's tables of a forecast, with a title where there are several.
func forecastTables(_ forecast: RewardForecast, _ outcome: ForecastOutcome?) -> [(title: String, table: TextTable)] {
    guard let position = forecast.position else { return [("", forecastTable(forecast, outcome))] }
    let tables = PositionTables(forecast, position, outcome)
    return [
        ("While flat", tables.mix(position.flat, trained: outcome?.flat, decisions: "decisions")),
        (forecast.actions.count > 3 ? "In a trade" : "In a position", tables.mix(position.held, trained: outcome?.held, decisions: "decisions")),
    ] + (position.rest.map { [("Reached and at rest", tables.rest($0))] } ?? [])
}

extension RewardForecast {
    /// What its shares are of.
    var decisionWords: String { position != nil && actions.count > 3 ? "decisions taken flat" : "training bars" }
}

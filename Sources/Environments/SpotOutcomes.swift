public import TradingTypes

extension SpotEnvironment {
    /// The outcome columns of trying `action` on every bar of the path's rows.
    ///
    /// `market` holds the decision-time columns that do not depend on the agent (bars, features, regime, hour, ...), whole
    /// series long, [T]; they are cut to the rows here. `mirrored` negates the future (`next_return` and the gross part of
    /// `realized`): with both, every future and its mirror image weigh the same. `needsNext` adds the next-state columns that potentials read.
    public func outcomes(
        of action: SpotAction, along path: SpotPath, market: [String: Column], mirrored: Bool = false, needsNext: Bool = false
    ) -> OutcomeColumns {
        let n = path.rows.count, first = path.rows.lowerBound
        let keep = configuration.hold == .keep && action == .hold
        let costs = CostModel(self)
        let sign = mirrored ? -1.0 : 1.0
        var nextReturns = [Double](repeating: 0, count: n)
        for i in 0..<n { nextReturns[i] = sign * nextReturn[first + i] }
        var changed = [Double](repeating: 0, count: n), cost = changed, realized = changed
        var direction = changed
        for i in 0..<n {
            let held = path.position[i]
            let target = keep ? held : action.direction
            direction[i] = target
            changed[i] = target == held ? 0 : 1
            let paid = costs.cost(from: held, to: target)
            cost[i] = paid
            realized[i] = target != held && held != 0 ? sign * path.unrealized[i] - abs(held) * costs.perUnit : 0
        }
        let directionColumn: Column = keep ? .values(direction) : .constant(action.direction)
        var columns = Self.cut(market, path.rows)
        columns["action"] = .constant(Double(action.rawValue))
        columns["direction"] = directionColumn
        columns["next_return"] = .values(nextReturns)
        columns["changed"] = .values(changed)
        columns["cost"] = .values(cost)
        columns["realized"] = .values(realized)
        columns["position"] = .values(path.position)
        columns["bars_in_position"] = .values(path.barsInPosition)
        columns["bars_flat"] = .values(path.barsFlat)
        columns["unrealized"] = .values(path.unrealized)
        columns["drawdown"] = .values(path.drawdown)

        var next: [String: Column] = [:]
        if needsNext {
            next = Self.cut(market, (path.rows.lowerBound + 1)..<(path.rows.upperBound + 1))
            var age = changed, idle = changed, profit = changed, drop = changed
            for i in 0..<n {
                let gain = direction[i] * nextReturns[i]
                let same = changed[i] == 0, flat = direction[i] == 0
                age[i] = flat ? 0 : (same ? path.barsInPosition[i] + 1 : 1)
                idle[i] = flat ? (same ? path.barsFlat[i] + 1 : 1) : 0
                profit[i] = flat ? 0 : (same ? (1 + path.unrealized[i]) * (1 + gain) - 1 : gain)
                drop[i] = max(0, 1 - (1 - path.drawdown[i]) * (1 + gain - cost[i]))
            }
            next["position"] = directionColumn
            next["bars_in_position"] = .values(age)
            next["bars_flat"] = .values(idle)
            next["unrealized"] = .values(profit)
            next["drawdown"] = .values(drop)
        }
        return OutcomeColumns(count: n, action: Int(action.rawValue), columns: columns, next: next)
    }

    private static func cut(_ market: [String: Column], _ rows: Range<Int>) -> [String: Column] {
        market.mapValues { column in
            guard case .values(let values) = column else { return column }
            return rows.lowerBound == 0 && rows.upperBound == values.count ? column : .values(Array(values[rows]))
        }
    }
}

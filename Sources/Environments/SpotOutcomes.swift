public import TradingTypes

extension SpotEnvironment {
    /// The outcome columns of trying `action` on every bar of `rows`.
    ///
    /// `market` holds the decision-time columns that do not depend on the agent (bars, features, regime, hour, ...); its entry 0 is row
    /// `marketStart` of the series, and it must reach over the rows (one row further with `needsNext`). `path` is the agent's state before each bar and must cover the rows;
    /// nil leaves out everything that depends on it (`position`, `changed`, `cost`, ...), for rewards that never read it.
    /// `mirrored` negates the future (`next_return` and the gross part of `realized`): with both, every future and its
    /// mirror image weigh the same. `needsNext` adds the next-state columns that potentials read.
    public func outcomes(
        of action: SpotAction, rows: Range<Int>, along path: SpotPath?, market: [String: Column], from marketStart: Int = 0,
        mirrored: Bool = false, needsNext: Bool = false
    ) -> OutcomeColumns {
        let n = rows.count
        let sign = mirrored ? -1.0 : 1.0
        var nextReturns = [Double](repeating: 0, count: n)
        for i in 0..<n { nextReturns[i] = sign * nextReturn[rows.lowerBound + i] }
        let here = (rows.lowerBound - marketStart)..<(rows.upperBound - marketStart)
        var columns = Self.cut(market, here)
        columns["action"] = .constant(Double(action.rawValue))
        columns["direction"] = .constant(action.direction)
        columns["next_return"] = .values(nextReturns)
        var next = needsNext ? Self.cut(market, (here.lowerBound + 1)..<(here.upperBound + 1)) : [:]
        if let path {
            let pathColumns = pathColumns(of: action, rows, path, nextReturns, sign, needsNext)
            columns.merge(pathColumns.now) { $1 }
            next.merge(pathColumns.next) { $1 }
        }
        return OutcomeColumns(count: n, action: Int(action.rawValue), columns: columns, next: next)
    }

    /// The outcome columns of the steps that `path` really took; `mirrored` negates the future of each, as above.
    public func outcomes(
        taken path: SpotPath, actions: [UInt8], market: [String: Column], from marketStart: Int = 0, mirrored: Bool = false, needsNext: Bool = false
    ) -> OutcomeColumns {
        let tried = SpotAction.allCases.map {
            outcomes(of: $0, rows: path.rows, along: path, market: market, from: marketStart, mirrored: mirrored, needsNext: needsNext)
        }
        func chosen(_ keyPath: (OutcomeColumns) -> [String: Column], _ key: String) -> Column {
            let options = tried.map { keyPath($0)[key] ?? .constant(0) }
            return .values(actions.indices.map { options[Int(actions[$0])][$0] })
        }
        var columns = tried[0].columns, next = tried[0].next
        for key in ["action", "direction", "changed", "cost", "realized"] { columns[key] = chosen(\.columns, key) }
        if needsNext { for key in ["position", "bars_in_position", "bars_flat", "unrealized", "drawdown"] { next[key] = chosen(\.next, key) } }
        return OutcomeColumns(count: path.rows.count, action: nil, columns: columns, next: next)
    }

    private func pathColumns(
        of action: SpotAction, _ rows: Range<Int>, _ path: SpotPath, _ nextReturns: [Double], _ sign: Double, _ needsNext: Bool
    ) -> (now: [String: Column], next: [String: Column]) {
        precondition(
            path.rows.lowerBound <= rows.lowerBound && path.rows.upperBound >= rows.upperBound, "path covers \(path.rows), rows \(rows) asked")
        let n = rows.count, offset = rows.lowerBound - path.rows.lowerBound
        let keep = configuration.hold == .keep && action == .hold
        let costs = CostModel(self)
        let here = offset..<(offset + n)
        let position = Array(path.position[here]), age = Array(path.barsInPosition[here]), idle = Array(path.barsFlat[here])
        let profit = Array(path.unrealized[here]), drawdown = Array(path.drawdown[here])
        var changed = [Double](repeating: 0, count: n), cost = changed, realized = changed, direction = changed
        for i in 0..<n {
            let held = position[i]
            let target = keep ? held : action.direction
            direction[i] = target
            changed[i] = target == held ? 0 : 1
            cost[i] = costs.cost(from: held, to: target)
            realized[i] = target != held && held != 0 ? sign * profit[i] - abs(held) * costs.perUnit : 0
        }
        let directionColumn: Column = keep ? .values(direction) : .constant(action.direction)
        let now: [String: Column] = [
            "direction": directionColumn, "changed": .values(changed), "cost": .values(cost), "realized": .values(realized),
            "position": .values(position), "bars_in_position": .values(age), "bars_flat": .values(idle), "unrealized": .values(profit),
            "drawdown": .values(drawdown),
        ]
        guard needsNext else { return (now, [:]) }
        var nextAge = changed, nextIdle = changed, nextProfit = changed, nextDrawdown = changed
        for i in 0..<n {
            let gain = direction[i] * nextReturns[i]
            let same = changed[i] == 0, flat = direction[i] == 0
            nextAge[i] = flat ? 0 : (same ? age[i] + 1 : 1)
            nextIdle[i] = flat ? (same ? idle[i] + 1 : 1) : 0
            nextProfit[i] = flat ? 0 : (same ? (1 + profit[i]) * (1 + gain) - 1 : gain)
            nextDrawdown[i] = max(0, 1 - (1 - drawdown[i]) * (1 + gain - cost[i]))
        }
        let next: [String: Column] = [
            "position": directionColumn, "bars_in_position": .values(nextAge), "bars_flat": .values(nextIdle),
            "unrealized": .values(nextProfit), "drawdown": .values(nextDrawdown),
        ]
        return (now, next)
    }

    private static func cut(_ market: [String: Column], _ rows: Range<Int>) -> [String: Column] {
        market.mapValues { column in
            guard case .values(let values) = column else { return column }
            return rows.lowerBound == 0 && rows.upperBound == values.count ? column : .values(Array(values[rows]))
        }
    }
}

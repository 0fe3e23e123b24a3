internal import ComponentKit
package import RunRecords
internal import Teachers
internal import TradingTypes

/// With sign and three significant digits.
func signedText(_ x: Double) -> String { ComponentKit.signed(x) }

extension TeachingReport {
    /// The fixed keys of `assay teach --json` and what stands beside them.
    package var json: JSONValue {
        let names = environment.actionNames
        func shares(_ counts: [Int]) -> JSONValue {
            let total = counts.reduce(0, +)
            guard total > 0 else { return .null }
            return .object(Dictionary(uniqueKeysWithValues: zip(names, counts.map { .number(Double($0) / Double(total)) })))
        }
        let gap = advantage
        var root: [String: JSONValue] = [
            "schema_version": 1, "script": .text(script.name), "reward": .text(rewardName), "environment": .text(environment.rawValue),
            "episodes": .integer(episodes), "steps": .integer(steps), "round_trips": .integer(trades.count),
            "expectancy": expectancy.map { .number($0) } ?? .null, "expectancy_error": expectancyError.map { .number($0) } ?? .null,
            "script_round_trips": .integer(scriptedTrades.count), "script_expectancy": scriptedExpectancy.map { .number($0) } ?? .null,
            "script_expectancy_error": scriptedError.map { .number($0) } ?? .null,
            "hit_rate": hitRate.map { .number($0) } ?? .null,
            "actions": .object(Dictionary(uniqueKeysWithValues: zip(names, self.shares.map { .number($0) }))), "labels": shares(labels),
            "return": .number(meanReturn), "always_hold_return": .number(meanHoldReturn), "advantage": .number(gap.mean),
            "advantage_interval95": gap.interval.map { .list([.number($0.low), .number($0.high)]) } ?? .null, "rank": .text(rank.rawValue), "verdict": .text(verdict),
            "regimes": .list(
                Regime.names.indices.map { r in
                    let total = mix[r].reduce(0, +)
                    return ["regime": .text(Regime.names[r]), "steps": .integer(total), "share": .number(steps == 0 ? 0 : Double(total) / Double(steps)), "actions": shares(mix[r])]
                }),
            "coverage": [
                "share": coverage.share.map { .number($0) } ?? .null, "visited": .integer(coverage.visited), "reachable": .integer(coverage.reachable),
                "cells": .text("regime x quarter of " + coverage.columns.joined(separator: " x quarter of ") + " x position"),
            ],
            "script_counts": scriptCounts,
        ]
        if trades.isEmpty { root["expectancy_reason"] = .text("no trade was completed") }
        if let setups {
            root["setups"] = [
                "strong": .integer(setups.strong), "entered_on_strong": .integer(setups.entered),
                "buy_rate_on_strong": setups.strong == 0 ? .null : .number(Double(setups.entered) / Double(setups.strong)),
                "buy_rate_flat": flatSteps == 0 ? .null : .number(Double(entered) / Double(flatSteps)),
            ]
        }
        if !forced.isEmpty { root["forced_exits"] = .object(Dictionary(uniqueKeysWithValues: forced.map { ($0.cause, .integer($0.count)) })) }
        return .object(root)
    }

    private var scriptCounts: JSONValue {
        var steps: [JSONValue] = []
        for (e, entry) in script.entries.enumerated() {
            for (k, step) in entry.steps.enumerated() {
                steps.append(["action": .text(entry.actionName), "step": .text(step.id), "fired": .integer(counts.stepsFired[e][k]), "timed_out": .integer(counts.timedOut[e][k])])
            }
        }
        return [
            "steps": .list(steps), "entered": .integer(counts.entered), "missed": .integer(counts.missed), "delayed": .integer(counts.delayed),
            "cancelled": .integer(counts.cancelled), "forbidden": .integer(counts.forbidden), "resets": .integer(counts.resets),
            "early_exits": .integer(counts.earlyExits), "explored": .integer(counts.explored), "trailed": .integer(counts.trailed),
            "tiers": .list(counts.tiers.map { .integer($0) }),
            "invalidations": .list(
                zip(script.invalidations, counts.invalidated).map { ["id": .text($0.id), "side": $0.side.map { .text(environment.actionNames[Int($0)]) } ?? .null, "count": .integer($1)] }),
        ]
    }

    /// The report as a terminal shows it.
    package func text(table: ([String], [[String]]) -> String) -> String {
        func number(_ x: Double?) -> String { x.map { signedText($0) } ?? "-" }
        var out = "\(visible(script.name)): \(grouped(episodes)) episodes, \(grouped(steps)) steps, \(grouped(trades.count)) round trips"
        if let expectancy {
            out += ", net expectancy \(signedText(100 * expectancy))% a trade"
            if let error = expectancyError { out += " (standard error \(shortNumber((1e4 * error).rounded() / 100))%)" }
            out += ", \(percent(hitRate ?? 0)) of them won"
        }
        out += "\n"
        if let own = scriptedExpectancy, scriptedTrades.count < trades.count {
            out += "of these, \(grouped(scriptedTrades.count)) opened by the script (the others by exploration): net expectancy \(signedText(100 * own))% a trade"
            if let error = scriptedError { out += " (standard error \(shortNumber((1e4 * error).rounded() / 100))%)" }
            out += "\n"
        }
        out += "\n"
        let names = environment.actionNames
        out += table(
            ["regime", "steps"] + names,
            Regime.names.indices.filter { mix[$0].reduce(0, +) > 0 }.map { r in
                let total = mix[r].reduce(0, +)
                return [Regime.names[r], grouped(total)] + mix[r].map { percent(Double($0) / Double(total)) }
            } + [["all", grouped(steps)] + shares.map(percent)])
        if let setups, flatSteps > 0 {
            out += "strong setups while flat: \(grouped(setups.strong)); entered at \(percent(setups.strong == 0 ? 0 : Double(setups.entered) / Double(setups.strong))) of them, at \(percent(Double(entered) / Double(flatSteps))) of all flat bars\n"
        }
        if let share = coverage.share {
            out += "states visited: \(percent(share)) of \(coverage.reachable) cells (regime x quarter of \(coverage.columns.joined(separator: " x quarter of ")) x position)\n"
        }
        out += "\n"
        var rows: [[String]] = []
        for (e, entry) in script.entries.enumerated() {
            for (k, step) in entry.steps.enumerated() {
                rows.append(["\(entry.actionName) \(visible(step.id))", grouped(counts.stepsFired[e][k]), step.withinMinutes == nil ? "" : grouped(counts.timedOut[e][k])])
            }
        }
        out += table(["entry step", "fired", "timed out"], rows)
        // One reason may be written for either side; where its id alone does not tell, the side does.
        let ids = script.invalidations.map(\.id)
        var ends = zip(script.invalidations, counts.invalidated).map { rule, count in
            let side = ids.count { $0 == rule.id } > 1 ? rule.side.map { " (\(environment.actionNames[Int($0)]))" } ?? "" : ""
            return (visible(rule.id) + side, count)
        }
        for (k, tier) in (script.takeProfit?.tiers ?? []).enumerated() { ends.append(("tier +\(shortNumber(100 * tier.gain))%", counts.tiers[k])) }
        if script.takeProfit?.trail != nil { ends.append(("trail", counts.trailed)) }
        if script.noise.earlyExits > 0 { ends.append(("early exit (noise)", counts.earlyExits)) }
        ends += forced.map { ($0.cause, $0.count) }
        out += "\n" + table(["take-profit, invalidation, force", "times"], ends.map { [$0.0, grouped($0.1)] })
        let others = [("missed", counts.missed), ("delayed", counts.delayed), ("called off", counts.cancelled), ("not allowed", counts.forbidden), ("resets", counts.resets), ("explored steps", counts.explored)]
        out += "entries: \(grouped(counts.entered)) made; " + others.map { "\($0.0) \(grouped($0.1))" }.joined(separator: ", ") + "\n\n"
        return out + verdict
    }
}

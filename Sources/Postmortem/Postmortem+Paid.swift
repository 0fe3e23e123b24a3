extension Postmortem {
    /// What the run was paid a step at its end, by regime and kind: as logged where there is a ledger, else what the reward on the bars pays its final mix.
    static func splitPay(_ report: inout PostmortemReport, _ context: Context) {
        let log = report.log
        var received = log.received
        if received.isEmpty {
            for rows in Dictionary(grouping: log.paid, by: { "\($0.step)/\($0.regime)" }).values {
                let sums = log.terms.indices.map { k in rows.reduce(0) { $0 + $1.sums[k] } }
                received.append(.init(step: rows[0].step, regime: rows[0].regime, decisions: rows.reduce(0) { $0 + $1.decisions }, sums: sums))
            }
        }
        if !received.isEmpty, !log.terms.isEmpty { splitLedger(&report, received, context) } else if let reward = context.reward { splitReward(&report, reward) }
        guard let source = report.paidSource, !report.paid.isEmpty else { return }
        func mean(_ part: (PostmortemReport.PaidSplit) -> Double) -> Double {
            report.paid.reduce(0) { $0 + $1.share * part($1) } / max(1e-300, report.paid.reduce(0) { $0 + $1.share })
        }
        let total = mean(\.total), parts = [("guaranteed", mean(\.guaranteed)), ("path", mean(\.path)), ("uncertain", mean(\.uncertain)), ("shaping", mean(\.shaping))]
        let list = parts.filter { abs($0.1) > 1e-9 * max(1e-9, abs(total)) }.map { "\(signedText($0.1)) \($0.0)" }
        guard !list.isEmpty else { return }
        let blind = report.paid.allSatisfy { $0.blind != nil } ? " (the same mix without any skill: \(signedText(mean { $0.blind ?? 0 })))" : ""
        switch source {
        case .ledger(let from): report.evidence.append("From \(report.stepUnit.dropLast()) \(countText(from)) to the end it was paid \(signedText(total)) a step: \(listed(list))\(blind).")
        case .reward: report.evidence.append("By the reward on the bars its final mix is paid \(signedText(total)) a step if it chooses blindly: \(listed(list)). What it earned beyond that by choosing well is not in the log.")
        }
    }

    /// The last tenth of the looks, at least three of them. A term of one kind counts as that; of one of several kinds, what is certain is the reward's mean for the actions that were taken, the rest uncertain.
    /// Without the reward file a term that never varied within a regime and action counts as guaranteed.
    private static func splitLedger(_ report: inout PostmortemReport, _ received: [TrainingLog.Received], _ context: Context) {
        let log = report.log, steps = Set(received.map(\.step)).sorted(), first = max(0, steps.count - max(3, steps.count / 10))
        // A look's row is of the decisions since the look before.
        let from = first > 0 ? steps[first - 1] : 0, end = received.filter { $0.step > from }, all = end.reduce(0) { $0 + $1.decisions }
        let kinds = log.terms.enumerated().map { k, id -> [String]? in
            context.kinds[id] ?? (log.termIsConstant.count == log.terms.count ? [log.termIsConstant[k] ? "guaranteed" : "uncertain"] : nil)
        }
        guard kinds.allSatisfy({ $0 != nil }), all > 0 else {
            report.unknown.append("Which part of the pay was certain: the log does not say of what kind its reward terms are.")
            return
        }
        if context.kinds.isEmpty { report.unknown.append("Whether a term that varied was known to the policy beforehand: without the reward file all that varies within a regime and action counts as uncertain.") }
        let order = log.groups.map(\.name), names = Set(end.map(\.regime)).sorted { (order.firstIndex(of: $0) ?? .max, $0) < (order.firstIndex(of: $1) ?? .max, $1) }
        for name in names {
            let rows = end.filter { $0.regime == name }, n = rows.reduce(0) { $0 + $1.decisions }
            guard n > 0 else { continue }
            var sums = ["guaranteed": 0.0, "path": 0, "uncertain": 0, "shaping": 0], mixed = 0.0
            for (k, kind) in kinds.enumerated() {
                let mean = rows.reduce(0) { $0 + $1.sums[k] } / n
                if let kind, kind.count == 1 { sums[kind[0], default: 0] += mean } else { mixed += mean }
            }
            var blind: Double?
            let taken = log.paid.filter { $0.step > from && $0.regime == name }, regime = context.reward.flatMap { $0.isOfOptions ? nil : $0.regimes.first { $0.name == name } }
            if let regime {
                func blindly(_ value: (RewardFindings.Action) -> Double) -> Double {
                    taken.reduce(0) { sum, row in sum + row.decisions / n * (regime.actions.first { $0.name == log.actions[row.action] }.map(value) ?? 0) }
                }
                blind = blindly(\.uncertain)
                for (kind, part) in [("guaranteed", \RewardFindings.Action.guaranteed), ("path", \.path), ("shaping", \.shaping)] where kinds.contains(where: { ($0?.count ?? 0) > 1 && $0?.contains(kind) == true }) {
                    let pure = Set(log.terms.indices.filter { kinds[$0] == [kind] }.map { log.terms[$0] })
                    let own = blindly { action in action[keyPath: part] - action.terms.reduce(0) { $0 + (pure.contains($1.id) ? $1.value : 0) } }
                    sums[kind, default: 0] += own
                    mixed -= own
                }
            }
            report.paid.append(
                .init(
                    regime: name, share: n / all, guaranteed: sums["guaranteed"] ?? 0, path: sums["path"] ?? 0, uncertain: (sums["uncertain"] ?? 0) + mixed, shaping: sums["shaping"] ?? 0, blind: blind))
        }
        report.paidSource = .ledger(from: from)
    }

    /// Pay a step as the final mix earns it under the reward on the bars, choosing blindly within a regime.
    private static func splitReward(_ report: inout PostmortemReport, _ reward: RewardFindings) {
        let log = report.log
        for regime in reward.regimes {
            let group = log.groups.first { $0.name == regime.name && !$0.mixes.isEmpty }
            guard let shares = (group.flatMap { FinalWindow($0.mixes, hold: log.hold) } ?? FinalWindow(log.mixes, hold: log.hold))?.shares else { continue }
            var split = PostmortemReport.PaidSplit(regime: regime.name, share: regime.share, guaranteed: 0, path: 0, uncertain: 0, shaping: 0)
            var known = 0.0
            for (a, name) in log.actions.enumerated() {
                guard let action = regime.actions.first(where: { $0.name == name }) ?? (a == log.hold ? regime.actions.first { ActionNames.hold(in: [$0.name]) != nil } : nil) else { continue }
                known += shares[a]
                split.guaranteed += shares[a] * action.guaranteed
                split.path += shares[a] * action.path
                split.uncertain += shares[a] * action.uncertain
                split.shaping += shares[a] * action.shaping
            }
            if known > 0.97 { report.paid.append(split) } else if report.paid.isEmpty {
                report.unknown.append("What the run was paid: the log's actions \(listed(log.actions)) are not those that the reward is paid for.")
                return
            }
        }
        report.paidSource = .reward
    }
}

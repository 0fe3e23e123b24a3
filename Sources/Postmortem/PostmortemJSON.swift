package import RunRecords

extension PostmortemReport {
    /// DESIGN section 12's document, and more: `{"class", "confidence", "onset":{"step","interval95"}, "causes":[...], "implied_gap":[...], "remedies":[...], "unknown":[...]}`. Names in
    /// docs/postmortem.md.
    package var json: JSONValue {
        var out: [String: JSONValue] = [
            "schema_version": 1, "source": .text(source), "kind": .text(kind.rawValue), "step_unit": .text(stepUnit), "class": .text(collapse.rawValue), "course": .text(course.rawValue), "verdict": .text(verdict),
            "evidence": .list(evidence.map { .text($0) }), "unknown": .list(unknown.map { .text($0) }), "starved": .list(starved.map { .text($0) }),
        ]
        func put(_ key: String, _ value: Double?, _ reason: String) {
            if let value, value.isFinite { out[key] = .number(value) } else { (out[key], out[key + "_reason"]) = (.null, .text(reason.isEmpty ? "not known" : reason)) }
        }
        put("confidence", confidence, classReason.isEmpty ? "nothing in the log to judge it by" : classReason)
        put("collapsed_from", collapsedFrom, onsetReason.isEmpty ? "no collapse" : onsetReason)
        if !classReason.isEmpty { out["class_reason"] = .text(classReason) }
        if let onset {
            out["onset"] = ["step": .number(onset.step), "interval95": [.number(onset.interval95.low), .number(onset.interval95.high)], "method": .text(onset.method.rawValue)]
        } else {
            (out["onset"], out["onset_reason"]) = (.null, .text(onsetReason.isEmpty ? "not known" : onsetReason))
        }
        func shares(_ mix: [(action: String, share: Double)]) -> JSONValue { .object(Dictionary(mix.map { ($0.action, .number($0.share)) }) { a, _ in a }) }
        out["final_mix"] = finalMix.isEmpty ? .null : shares(finalMix)
        if finalMix.isEmpty { out["final_mix_reason"] = "the log has no action shares" }
        out["groups"] = .list(
            groups.map { group in
                var node: [String: JSONValue] = [log.groupWord: .text(group.name), "mix": shares(group.mix), "class": .text(group.collapse.rawValue)]
                if let since = group.since { node["collapsed_from"] = .number(since) } else { (node["collapsed_from"], node["collapsed_from_reason"]) = (.null, .text(group.collapse == .undecided ? "the class is undecided" : "no collapse")) }
                return .object(node)
            })
        out["implied_gap"] = .list(
            implied.map { row in
                var node: [String: JSONValue] = ["step": .number(row.step), "hold": .number(row.hold), "log_odds": .number(row.logOdds), "x": .number(row.x)]
                if let gap = row.gap { node["gap"] = .number(gap) } else { (node["gap"], node["gap_reason"]) = (.null, .text(impliedReason)) }
                if let lift = row.lift { node["lift"] = .number(lift) }
                return .object(node)
            })
        if implied.isEmpty { out["implied_gap_reason"] = .text(impliedReason) }
        out["causes"] = .list(causes.map { ["term": .text($0.term), "regime": .text($0.regime), "gap": .number($0.gap), "weighted": .number($0.weighted), "evidence": .text($0.evidence)] })
        out["paid"] = .list(
            paid.map { row in
                var node: [String: JSONValue] = [
                    "regime": .text(row.regime), "share": .number(row.share), "guaranteed": .number(row.guaranteed), "path": .number(row.path), "uncertain": .number(row.uncertain), "shaping": .number(row.shaping),
                    "total": .number(row.total),
                ]
                if let blind = row.blind { node["uncertain_without_skill"] = .number(blind) }
                return .object(node)
            })
        switch paidSource {
        case .ledger(let from): (out["paid_from"], out["paid_since"]) = ("ledger", .number(from))
        case .reward: out["paid_from"] = "reward"
        case nil: (out["paid_from"], out["paid_from_reason"]) = (.null, "no ledger is in the log, and no reward and bars were given")
        }
        out["remedies"] = .list(
            remedies.map { remedy in
                var node: [String: JSONValue] = ["sentence": .text(remedy.sentence)]
                if let mix = remedy.forecast { (node["forecast"], node["method"]) = (shares(mix), .text(remedy.method)) } else { (node["forecast"], node["forecast_reason"]) = (.null, .text(remedy.reason)) }
                return .object(node)
            })
        if let h = hysteresis {
            func optional(_ x: Bool?) -> JSONValue { x.map { .bool($0) } ?? .null }
            out["hysteresis"] = [
                "x": .number(h.x), "x_is_lower_bound": .bool(h.isLowerBound), "fresh_start_frees": optional(h.freshUnchanged), "resuming_frees": optional(h.resumedUnchanged),
                "fresh_start_frees_repaired": optional(h.freshRepaired), "resuming_frees_repaired": optional(h.resumedRepaired), "sentence": .text(h.sentence),
            ]
        } else {
            (out["hysteresis"], out["hysteresis_reason"]) = (.null, .text(collapse == .holdCollapse ? "the log has no action shares" : "only a collapse to HOLD feeds itself: trading keeps its noise"))
        }
        if let alarm {
            var node: [String: JSONValue] = [
                "reads_x": .bool(alarm.readsX), "median_lead": .number(alarm.measured.medianLead), "false_alarms": .number(alarm.measured.falseAlarms), "runs_collapsed": .integer(alarm.measured.collapsed),
                "runs_sound": .integer(alarm.measured.sound), "runs_of": .text(alarm.onOptions ? "options" : "spot"), "target": .text(alarm.target.rawValue),
            ]
            if let step = alarm.step { node["step"] = .number(step) } else { (node["step"], node["step_reason"]) = (.null, "it never sounded") }
            out["alarm"] = .object(node)
        } else {
            (out["alarm"], out["alarm_reason"]) = (.null, "the alarm listens to action shares, which the log does not have, or too few")
        }
        if !seeds.isEmpty {
            out["seeds"] = .list(
                seeds.map { report in
                    var node = report.json.object ?? [:]
                    for key in ["schema_version", "unknown", "remedies", "evidence"] { node[key] = nil }
                    if let seed = report.log.seed { node["seed"] = .integer(Int(clamping: seed)) }
                    return .object(node)
                })
        }
        return .object(out)
    }
}

internal import ComponentKit
internal import RunRecords

/// A TensorBoard event file of any size as a log: a record at a time, curves in bounded memory.
package enum EventLogReader {
    package static func read(_ path: String) throws -> TrainingLog {
        var log = TrainingLog(source: path, kind: .events), curves: [TrainingLog.Quantity: BoundedCurve] = [:], mix: [String: BoundedCurve] = [:], order: [String] = []
        var scalars = 0, entropy: Double?, groups: [String: [String: BoundedCurve]] = [:], groupOrder: [String] = []
        let facts = try EventStream.read(path) { tag, step, value in
            scalars += 1
            guard value.isFinite else { return }
            if let known = SB3Readers.keys.first(where: { $0.key == tag }) {
                curves[known.quantity, default: BoundedCurve()].add(step: Double(step), value: known.scale * value)
            } else if tag == "train/ent_coef" {
                entropy = value
            } else if tag.hasPrefix("mix/") {
                let parts = tag.split(separator: "/").map(String.init)
                if parts.count == 2 {
                    if mix[parts[1]] == nil { order.append(parts[1]) }
                    mix[parts[1], default: BoundedCurve()].add(step: Double(step), value: value)
                } else if parts.count == 3 {
                    if groups[parts[1]] == nil { groupOrder.append(parts[1]) }
                    groups[parts[1], default: [:]][parts[2], default: BoundedCurve()].add(step: Double(step), value: value)
                }
            }
        }
        if scalars == 0 { throw InputIssues(InputIssue(code: "empty", file: path, message: "holds no scalar", help: "name an event file of a run that has logged something")) }
        for (quantity, curve) in curves { log.curves[quantity] = curve.curve }
        log.firstEntropy = curves[.entropy]?.first
        func mixes(_ names: [String], _ curves: [String: BoundedCurve]) -> [TrainingLog.Mix] {
            let each = names.map { curves[$0]?.curve ?? [] }, count = each.map(\.count).min() ?? 0
            return (0..<count).map { k in .init(step: each[0][k].step, shares: each.map { $0[k].value }) }
        }
        if order.count > 1 {
            log.actions = order
            log.mixes = mixes(order, mix)
            log.groups = groupOrder.compactMap { name in groups[name].flatMap { g in g.count == order.count ? .init(name: name, mixes: mixes(order, g)) : nil } }
            log.hold = ActionNames.hold(in: order)
        }
        log.entropyCoefficient = entropy
        log.algorithm = curves[.clipFraction] != nil ? "ppo" : nil
        if facts.isCut { log.remarks.append("The file ends inside a record: its writer was stopped, or is still at work.") }
        if facts.skipped > 0 { log.remarks.append("\(countText(Double(facts.skipped))) values that are no scalars (histograms, images, texts) are passed over.") }
        let thinning = curves.values.map(\.thinning).max() ?? 1
        if thinning > 1 { log.remarks.append("\(countText(Double(scalars))) scalars: neighbours are averaged, \(countText(thinning)) to a point.") }
        return log
    }
}

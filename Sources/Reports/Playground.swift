internal import ComponentKit
internal import Foundation
internal import NumericKernels
package import RewardAnalysis
internal import Rewards
internal import RunRecords

/// The page's playground: what its script needs to answer for other weights, as one JSON text that may stand inside a `<script>` element; nil where no reward has it.
package func playgroundJSON(_ report: ExpectedValueReport) -> String? {
    let rewards = report.rewards.compactMap { reward in reward.weightPay.map { rewardNode(reward, $0, report) } }
    if rewards.isEmpty { return nil }
    var root = JSONObject()
    root["rewards"] = .list(rewards)
    root["command"] = .text(shown(report.command))
    return embeddable(root.node)
}

/// A JSON text without `<`, `>` and `&`, and without the line separators that a script may not hold.
private func embeddable(_ node: JSONValue) -> String {
    var text = node.compact
    for (character, code) in [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")] {
        text = text.replacingOccurrences(of: character, with: code)
    }
    return text
}

private func rewardNode(_ reward: RewardValue, _ pay: WeightPay, _ report: ExpectedValueReport) -> JSONValue {
    var object = JSONObject()
    object["name"] = .text(shown(reward.name))
    object["file"] = .text(shown(reward.file))
    object["actions"] = .list(report.actionNames.map(JSONValue.text))
    object["class"] = .text(reward.verdictClass)
    object["terms"] = .list(
        reward.terms.map { term in
            .object([
                "id": .text(shown(term.id)), "weight": .measured(term.weight), "kind": .text(term.provenance.joined(separator: " + ")), "formula": .text(shown(term.formula)),
            ])
        })
    object["options"] = .bool(reward.isOfOptions)
    object["regimes"] = .list(
        reward.regimes.indices.map { g in
            regimeNode(reward.regimes[g], g < pay.regimes.count ? pay.regimes[g] : nil, inTrade: g < pay.inTrade.count ? pay.inTrade[g] : nil)
        })
    if let text = pay.text {
        object["text"] = .object([
            "pieces": .list(text.pieces.map(JSONValue.text)), "terms": .list(text.terms.map(JSONValue.integer)), "written": .list(text.written.map(JSONValue.text)),
        ])
    }
    if let emulator = reward.mixEmulator { object["emulator"] = emulatorNode(emulator, weights: reward.terms.map(\.weight)) }
    return object.node
}

/// Numbers of a fit, to nine digits: its error is in the second.
private func emulatorNode(_ emulator: MixEmulator, weights: [Double]) -> JSONValue {
    func list(_ row: [Double]) -> JSONValue { .list(row.map { .measured(Double(String(format: "%.9g", $0)) ?? 0) }) }
    var object = JSONObject()
    object["steps"] = .integer(emulator.steps)
    object["designs"] = .integer(emulator.designs)
    object.put("error", emulator.error)
    object.put("error90", emulator.error90)
    object["regimes"] = .list(
        emulator.regimes.map { regime in
            guard let regime else { return .null }
            return .object([
                "center": list(regime.center), "scale": list(regime.scale), "low": list(regime.range.map(\.low)), "high": list(regime.range.map(\.high)),
                "points": .list(regime.points.map(list)), "offset": list(regime.offset), "coefficients": .list(regime.coefficients.map(list)), "length": .measured(regime.length),
                "error": .measured(regime.error),
            ])
        })
    // What this program says of some weights: the page's script must say the same.
    object["checks"] = .list(
        [1, 0.5, 1.7].map { factor in
            let asked = weights.enumerated().map { $0 % 2 == 0 ? factor * $1 : $1 }
            return .object(["weights": .list(asked.map(JSONValue.measured)), "mix": .list(emulator.mix(asked).map { .list($0.map(JSONValue.measured)) })])
        })
    return object.node
}

private func regimeNode(_ value: RegimeValue, _ pay: WeightPay.Regime?, inTrade: WeightPay.Regime?) -> JSONValue {
    var object = JSONObject()
    object["name"] = .text(shown(value.regime))
    object["bars"] = .integer(value.bars)
    object.put("share", value.share)
    guard let pay, value.bars > 0 else {
        object["bars"] = .integer(0)
        return object.node
    }
    put(pay, &object)
    // The command line's own intervals at the file's weights: the page scales them.
    object["intervals"] = .list(value.actions.map { interval($0.interval95) })
    object["gap_interval"] = value.zeroEdgeGap.interval95.map(interval) ?? .null
    object["break_even_interval"] = value.breakEvenHitRate.interval95.map(interval) ?? .null
    if let inTrade, value.inTradeBars > 0 {
        var trade = JSONObject()
        trade["bars"] = .integer(value.inTradeBars)
        trade["actions"] = .list(value.inTrade.map { .text($0.action) })
        trade["intervals"] = .list(value.inTrade.map { interval($0.interval95) })
        put(inTrade, &trade)
        object["in_trade"] = trade.node
    }
    return object.node
}

/// Means in full, covariances to six digits.
private func put(_ pay: WeightPay.Regime, _ object: inout JSONObject) {
    func list(_ row: [Double]) -> JSONValue { .list(row.map(JSONValue.measured)) }
    func rounded(_ row: [Double]) -> JSONValue { .list(row.map { .measured(Double(String(format: "%.6g", $0)) ?? 0) }) }
    object["parts"] = .list(pay.parts.map { .list($0.map(list)) })
    object["mirrored"] = .list(pay.mirrored.map(list))
    object["right"] = list(pay.right)
    object["wrong"] = list(pay.wrong)
    var covariances = JSONObject()
    for (pair, matrix) in pay.covariances { covariances[pair.rawValue] = .list(matrix.map(rounded)) }
    object["covariances"] = covariances.node
}

private func interval(_ interval: Interval) -> JSONValue {
    interval.low.isFinite && interval.high.isFinite ? .list([.measured(interval.low), .measured(interval.high)]) : .null
}

/// `sha256-...` of a script as a content security policy names it.
func contentHash(_ script: String) -> String {
    let hex = SHA256.hex(Array(script.utf8))
    var bytes: [UInt8] = [], at = hex.startIndex
    while at < hex.endIndex {
        let next = hex.index(at, offsetBy: 2)
        bytes.append(UInt8(hex[at..<next], radix: 16) ?? 0)
        at = next
    }
    return "sha256-" + Data(bytes).base64EncodedString()
}

internal import ComponentKit
internal import PlotTemplates

/// Reasons of a change as curriculum.csv words them, by the codes of the template.
private let reasonCodes = ["started": 0, "promoted": 1, "demoted": 2, "learning_progress": 3, "timed_out_promoted": 4]

/// The stage that each seed was in, over training: a lane a stage, a bar a seed. Nil without a curriculum.
package func stagesFigure(_ report: RunReport) -> Figure? {
    let seeds = report.seeds.filter { !$0.stages.isEmpty }
    guard !seeds.isEmpty, !report.stages.isEmpty else { return nil }
    var table = FigureTable(numbers: ["from", "to", "lane", "reason"], texts: ["stage"]), counts: [Int: Int] = [:]
    for (k, seed) in seeds.enumerated() {
        let entered = seed.stages.compactMap { change in reasonCodes[change.reason].map { (change.step, $0, change.stage) } }
        for (i, (step, code, stage)) in entered.enumerated() {
            guard let lane = report.stages.firstIndex(of: stage) else { continue }
            let end = i + 1 < entered.count ? entered[i + 1].0 : seed.steps
            let offset = 0.8 * ((Double(k) + 0.5) / Double(seeds.count) - 0.5)
            table.add([Double(step), Double(end), Double(lane) + offset, Double(code)], [stage])
            counts[code, default: 0] += 1
        }
    }
    func count(_ code: Int, _ one: String, _ many: String) -> String? { counts[code].map { "\($0) \($0 == 1 ? one : many)" } }
    let changes = [count(1, "promotion", "promotions"), count(2, "demotion", "demotions"), count(4, "time-out", "time-outs"), count(3, "turn", "turns")].compactMap { $0 }
    return Figure(
        name: "curriculum-timeline", template: PlotTemplates.curriculumTimeline, table: table,
        settings: [("stage_names", .texts(report.stages.map { figureText($0, limit: 22) })), ("seed_count", .number(seeds.count))],
        heading: figureText("Stages of the curriculum: \(report.name)", limit: 92),
        caption: "\(seeds.count == 1 ? "1 seed" : "\(seeds.count) seeds, one bar each"); \(grouped(report.steps)) steps; \(changes.isEmpty ? "no change" : changes.joined(separator: ", "))",
        reading:
            "One lane for each stage, the first on top, and in it a bar for each seed: the steps during which that seed was trained in that stage. A mark at the beginning of a bar says why the stage was entered; curriculum.csv has the metrics that were seen and every knob that turned."
    )
}

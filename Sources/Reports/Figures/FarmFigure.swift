internal import ComponentKit
internal import PlotTemplates

/// A farm as the state diagram shows it: a cycle of what is held, what is done there and what that pays.
package struct FarmDiagram: Sendable {
    /// File name of the figure, a slug.
    package var name: String
    /// "LONG, SHORT, repeat: +0.01 a bar for certain".
    package var heading: String
    /// Lines under the heading and above the caption: what would stop it, and what to change.
    package var story, patch, caption: String
    package var steps: [(state: String, action: String, pay: Double)]

    package init(name: String, heading: String, story: String, patch: String, caption: String, steps: [(state: String, action: String, pay: Double)]) {
        self.name = name
        self.heading = heading
        self.story = story
        self.patch = patch
        self.caption = caption
        self.steps = steps
    }
}

/// The state diagram of a farm; nil for no steps, and for more than can be told apart in one figure.
package func farmFigure(_ farm: FarmDiagram) -> Figure? {
    guard (1...8).contains(farm.steps.count) else { return nil }
    var table = FigureTable(numbers: ["step", "pay"], texts: ["state", "action"])
    for (i, step) in farm.steps.enumerated() { table.add([Double(i + 1), step.pay], [step.state, step.action]) }
    let story = twoLines(farm.story), patch = twoLines(farm.patch)
    return Figure(
        name: farm.name, template: PlotTemplates.farmStory, table: table,
        settings: [
            ("story", .text(story[0])), ("story_more", .text(story[1])), ("patch", .text(patch[0])), ("patch_more", .text(patch[1])),
            ("state_names", .texts(farm.steps.map { figureText($0.state, limit: 12) })), ("action_names", .texts(farm.steps.map { figureText($0.action, limit: 16) })),
        ],
        heading: figureText(farm.heading, limit: 92), caption: figureText(farm.caption, limit: 140),
        reading: "Circles are what is held when the action is chosen, arrows the action and what its step pays. Going round pays more than holding without any skill.")
}

/// `text` on two lines of the figure's width, broken at a space; the second is empty where one is enough, and cut where two are too few.
private func twoLines(_ text: String) -> [String] {
    let width = 122, lines = wrapped(text, width: width).split(separator: "\n").map(String.init)
    return [figureText(lines.first ?? "", limit: width), figureText(lines.dropFirst().joined(separator: " "), limit: width)]
}

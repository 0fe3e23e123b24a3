internal import ComponentKit
internal import NumericKernels

/// What a sweep tries: an experiment, what varies in it, how points are chosen, and the seeds of each point.
public struct SweepPlan: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        /// Every combination of the listed values.
        case grid
        /// Points drawn independently.
        case random
        /// Points of Sobol's sequence: evenly spread, best in powers of two.
        case sobol
    }

    public var name: String
    public var about = ""
    /// Experiment file.
    public var experiment: String
    public var method = Method.grid
    /// Points of a random or Sobol sweep.
    public var trials = 16
    /// Of random points.
    public var seed: UInt64 = 1
    /// Steps of each training; nil: the experiment's.
    public var steps: Int?
    /// Seeds of each point; nil: the experiment's.
    public var seeds: [UInt64]?
    /// `NAME=VALUE` that all trials share.
    public var settings: [String] = []
    public var dimensions: [SweepDimension] = []

    package static let maximumPoints = 10_000

    public init(name: String, experiment: String) {
        self.name = name
        self.experiment = experiment
    }

    /// Whether a YAML file is a sweep's: it names an experiment instead of being one.
    public static func isSweep(file: String) throws -> Bool {
        var issues: [InputIssue] = []
        let keys = try YAMLDocument(file: file).root.mapping("the file", &issues)?.keys ?? []
        return keys.contains("vary") || keys.contains("experiment")
    }

    /// Reads a sweep file. Throws `InputMissing`, or `InputIssues` with every fault. A relative `experiment` is found from the current folder, as everywhere.
    public init(file: String) throws {
        let document = try YAMLDocument(file: file)
        var issues: [InputIssue] = []
        guard var root = document.root.mapping("a sweep file", &issues) else { throw InputIssues(issues) }
        root.schema(&issues)
        name = root.string("name", &issues, required: true) ?? ""
        if name.isEmpty || name.contains("/") || name.hasPrefix("."), let place = root.get("name") {
            issues.append(place.issue("name", "'name' becomes a folder's name: it must not be empty, start with a dot or hold a slash"))
        }
        about = root.string("about", &issues) ?? ""
        experiment = root.string("experiment", &issues, required: true) ?? ""
        method = root.choice("method", Method.self, &issues) ?? .grid
        if root.get("trials") != nil {
            trials = root.integer("trials", &issues, in: 1...Self.maximumPoints) ?? trials
            if method == .grid, let place = root.get("trials") { issues.append(place.issue("combination", "a grid has as many points as its values make", help: "remove 'trials', or write 'method: sobol'")) }
        }
        seed = root.integer("seed", &issues, in: 0...Int.max).map(UInt64.init) ?? seed
        steps = root.integer("steps", &issues, in: 1...100_000_000_000)
        if let list = root.get("seeds") {
            let values = (list.items ?? [list]).map { $0.number.flatMap { $0 >= 0 && $0 == $0.rounded() && $0 < 9e15 ? UInt64($0) : nil } }
            if values.isEmpty || values.contains(nil) || Set(values).count != values.count {
                issues.append(list.issue("type", "'seeds' must be a list of different whole numbers from 0 on", help: "for instance [1, 2, 3]"))
            } else { seeds = values.compactMap { $0 } }
        }
        if let fixed = root.get("set"), let mapping = fixed.mapping("'set'", &issues) {
            var reader = mapping
            for key in mapping.keys { if let value = reader.string(key, &issues) { settings.append("\(key)=\(value)") } }
        }
        if let vary = root.required("vary", &issues), let mapping = vary.mapping("'vary'", &issues) {
            var reader = mapping
            for key in mapping.keys {
                guard let value = reader.get(key) else { continue }
                if let items = value.items {
                    let texts = items.map { $0.isNull ? "null" : $0.scalarText ?? "" }
                    if texts.isEmpty || texts.contains("") { issues.append(value.issue("type", "the values of '\(key)' must be a list of single values", help: "for instance [0.01, 0.05]")) } else {
                        dimensions.append(SweepDimension(name: key, list: texts))
                    }
                } else if let text = value.scalarText {
                    do throws(SweepDimension.Malformed) { dimensions.append(try SweepDimension(name: key, text: text)) } catch {
                        issues.append(value.issue("vary", error.message, help: "write \(SweepDimension.forms)"))
                    }
                } else { issues.append(value.issue("type", "the values of '\(key)' must be a list or a range", help: "write \(SweepDimension.forms)")) }
            }
        }
        root.finish(&issues)
        try issues.throwIfErrors()
    }

    /// The values of each point, [points][dimensions]. Throws `InputIssues`: nothing varies, a grid over an open range, too many points.
    public func points() throws -> [[String]] {
        func fault(_ code: String, _ message: String, _ help: String) -> InputIssues { InputIssues(InputIssue(code: code, message: message, help: help)) }
        guard !dimensions.isEmpty else { throw fault("vary", "the sweep varies nothing", "write, for instance, --vary ppo.ent_coef=0.01,0.05 or --vary reward.trade_cost=-0.05..0") }
        if let twice = Dictionary(grouping: dimensions, by: \.name).first(where: { $1.count > 1 })?.key { throw fault("vary", "'\(twice)' is varied twice", "keep one of the two") }
        switch method {
        case .grid:
            var points: [[String]] = [[]]
            for dimension in dimensions {
                guard let values = dimension.gridValues else {
                    throw fault("vary", "a grid needs values, and '\(dimension.name)' is the open range \(dimension.text)", "write \(dimension.name)=\(dimension.text)/5 for five points of it, or choose --method sobol or random")
                }
                guard points.count * values.count <= Self.maximumPoints else { throw fault("vary", "the grid has more than \(Self.maximumPoints) points", "vary fewer values, or choose --method sobol --trials 256") }
                points = points.flatMap { point in values.map { point + [$0] } }
            }
            return points
        case .random:
            return (0..<trials).map { k in
                var random = RandomStream(seed: seed, purpose: "sweep", index: UInt64(k))
                return dimensions.map { $0.value(at: random.uniform()) }
            }
        case .sobol:
            guard dimensions.count <= SobolSequence.maximumDimensions else {
                throw fault("vary", "\(dimensions.count) things are varied; Sobol points are tabled for \(SobolSequence.maximumDimensions)", "choose --method random")
            }
            var sequence = SobolSequence(dimensions: dimensions.count)
            return (0..<trials).map { _ in zip(dimensions, sequence.next()).map { $0.value(at: $1) } }
        }
    }
}

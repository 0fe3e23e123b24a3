public import ComponentKit
internal import RealModule

/// The time of day in UTC as a point on a circle.
public enum HourOfDay: FeatureFamily {
    public static let cards: [Card] = [("hour_sin", "sin"), ("hour_cos", "cos")].map { name, function in
        featureCard(
            name, "Time of day (UTC, the bar's start), \(function == "sin" ? "sine" : "cosine")", "\(function)(2 pi hour / 24), hour with its fraction",
            unit: "-1 to 1", firstRow: 0, edge: "none")
    }

    public static func columns(_ inputs: FeatureInputs) -> [[Double]] {
        let minutes = (0..<1440).map { value(second: $0 * 60) }
        let sines = minutes.map(\.sin), cosines = minutes.map(\.cos)
        var sine = [Double](repeating: 0, count: inputs.count), cosine = [Double](repeating: 0, count: inputs.count)
        let time = inputs.bars.time
        for t in time.indices {
            let day = time[t] % 86_400, second = Int(day < 0 ? day + 86_400 : day)
            let minute = second / 60
            if minute * 60 == second {
                sine[t] = sines[minute]
                cosine[t] = cosines[minute]
            } else {
                (sine[t], cosine[t]) = value(second: second)
            }
        }
        return [sine, cosine]
    }

    private static func value(second: Int) -> (sin: Double, cos: Double) {
        let angle = 2 * Double.pi * Double(second) / 86_400
        return (.sin(angle), .cos(angle))
    }
}

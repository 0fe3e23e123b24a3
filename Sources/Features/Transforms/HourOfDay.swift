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
        // Bars fall on few distinct times of day (24 for hourly ones): one sine for each second that occurs in turn.
        var known: [Int: Int] = [:]
        var values: [(sin: Double, cos: Double)] = []
        var sine: [Double] = [], cosine: [Double] = []
        sine.reserveCapacity(inputs.count)
        cosine.reserveCapacity(inputs.count)
        let hours = (0..<24).map { value(second: $0 * 3600) }
        for time in inputs.bars.time {
            let day = Int(time % 86_400)
            let second = day < 0 ? day + 86_400 : day
            let point: (sin: Double, cos: Double)
            if second % 3600 == 0 {
                point = hours[second / 3600]
            } else if let k = known[second] {
                point = values[k]
            } else {
                point = value(second: second)
                known[second] = values.count
                values.append(point)
            }
            sine.append(point.sin)
            cosine.append(point.cos)
        }
        return [sine, cosine]
    }

    private static func value(second: Int) -> (sin: Double, cos: Double) {
        let angle = 2 * Double.pi * Double(second) / 86_400
        return (.sin(angle), .cos(angle))
    }
}

public import ComponentKit
public import Features
internal import NumericKernels
public import TradingTypes

/// Four regimes by trailing quantiles, CRISIS before HIGH_VOL before TRENDING before LOW_VOL:
///
/// - CRISIS: the share of the window's sigma24 values below today's is at least `crisisQuantile`, or the close stands 3 sigma168 * sqrt(24)
///   or more below the highest close of the last 24 bars (sigma168, so that the fall does not hide in its own volatility);
/// - HIGH_VOL: that share is at least `highQuantile`;
/// - TRENDING: among the window's bars that are neither, the share of ADX14 values below today's is at least `trendQuantile`;
/// - LOW_VOL: the rest.
///
/// The window is the last 90 days of bars, this one included: 2,160 hourly bars; for other bar lengths 90 days divided by the bar
/// length, at least 720 bars. A regime is left only when three bars in a row ask for the same other one (hysteresis), so
/// a new label starts on the third of them.
///
/// The quantiles follow REWARD-ANALYSIS D2 (.885, .716, .634), then were moved until hysteresis and the drawdown clause no longer
/// shifted the shares: on the first 60% of hourly BTC of 2020 to 2024 (26,289 bars, earlier bars as warm-up) they give
/// 45.4 / 26.2 / 16.9 / 11.5 against the case's 45.3 / 26.2 / 16.9 / 11.5. Each round moved a quantile by 0.8 of the shares' error;
/// six rounds settled. The drawdown clause holds on 0.9% of bars and decides 0.2%. Nothing is fitted at run time: `fittedOn` is not read.
///
/// Valid from the 720th value of sigma24 on (bar 743 from 0); the window grows from there to its full length.
///
/// Long series are labelled stretch by stretch (65,536 bars, or four windows where that is more), each from the window and the
/// `FeatureSource.overlap` bars before it on: the same labels but for the rounding of ADX. O(T); memory is 2 bytes a bar.
public struct BalancedDetector: RegimeDetector {
    public static let card = Card(
        name: "balanced", kind: "detector",
        summary: "Four regimes by trailing 90-day quantiles of volatility and trend strength, with 3-bar hysteresis",
        formula: "CRISIS: rank of sigma24 >= .8956 or ln(c / max close 24) <= -3 sigma168 sqrt(24); HIGH_VOL: rank >= .7186; TRENDING: rank of ADX14 among the rest >= .6311; else LOW_VOL",
        unit: "regime",
        parameters: [
            .init("crisis_quantile", "Share of the window's volatilities below today's from which on it is CRISIS", default: 0.8956, in: 0...1),
            .init("high_quantile", "The same for HIGH_VOL", default: 0.7186, in: 0...1),
            .init("trend_quantile", "Share of the calmer bars' ADX14 below today's from which on it is TRENDING", default: 0.6311, in: 0...1),
            .init("drawdown_sigmas", "Fall from the 24-bar high, in standard deviations of a 24-bar move, that is a CRISIS", default: 3, in: 0...100),
            .init("hysteresis_bars", "Bars in a row that must ask for another regime", unit: "bars", default: 3, in: 1...1000),
        ],
        source: "REWARD-ANALYSIS D2; quantiles tuned on hourly BTC, training part of 2020 to 2024",
        facts: [("warm-up", "743 bars"), ("fitted", "no")])

    public var crisisQuantile = 0.8956
    public var highQuantile = 0.7186
    public var trendQuantile = 0.6311
    public var drawdownSigmas = 3.0
    public var hysteresisBars = 3
    /// Values of sigma24 that must be in the window before a label counts.
    public static let minimumHistory = 720

    public init() {}

    /// Bars in 90 days, at least 720.
    public static func windowBars(barDurationSeconds: Int) -> Int {
        max(minimumHistory, 90 * 86_400 / max(1, barDurationSeconds))
    }

    public func label(_ bars: BarSeries, _ features: FeatureSource, fittedOn: Range<Int>) throws -> RegimeLabels {
        let window = BalancedDetector.windowBars(barDurationSeconds: bars.barDurationSeconds)
        return label(bars, stretch: max(2 * FeatureSource.stretch, 4 * window))
    }

    /// The labels, worked out `stretch` bars at a time.
    package func label(_ bars: BarSeries, stretch: Int) -> RegimeLabels {
        let n = bars.count
        let first = 24 + BalancedDetector.minimumHistory - 1
        guard n > first else { return RegimeLabels(labels: [UInt8](repeating: 0, count: n), firstValid: n) }
        let window = BalancedDetector.windowBars(barDurationSeconds: bars.barDurationSeconds)
        var calm = [Bool](repeating: false, count: n), wanted = [UInt8](repeating: 0, count: n)
        for start in stride(from: 0, to: n, by: stretch) {
            want(bars, start..<min(n, start + stretch), window: window, first: first, &calm, &wanted)
        }
        return RegimeLabels(labels: settled(wanted, from: first), firstValid: first)
    }

    /// The regime that each bar of `rows` asks for, before hysteresis. `calm` marks the bars in no high regime; those of the
    /// window before `rows` must be known.
    private func want(_ bars: BarSeries, _ rows: Range<Int>, window: Int, first: Int, _ calm: inout [Bool], _ wanted: inout [UInt8]) {
        // Row t of the series is row t - base of the indicators.
        let base = max(0, rows.lowerBound - window - FeatureSource.overlap)
        let indicators = RegimeIndicators(base == 0 && rows.upperBound == bars.count ? bars : bars.slice(base..<rows.upperBound))
        let (sigmaRanks, sigmaPlaces) = denseRanks(indicators.sigma24)
        let (adxRanks, adxPlaces) = denseRanks(indicators.adx)
        var volatilities = RankCounter(places: sigmaPlaces), trends = RankCounter(places: adxPlaces)
        for t in max(24, rows.lowerBound - window)..<max(24, rows.lowerBound) {
            volatilities.insert(sigmaRanks[t - base])
            if calm[t] { trends.insert(adxRanks[t - base]) }
        }
        let fall = -drawdownSigmas * (24.0).squareRoot()
        for t in max(24, rows.lowerBound)..<max(24, rows.upperBound) {
            let i = t - base
            if t - window >= 24 {
                volatilities.remove(sigmaRanks[i - window])
                if calm[t - window] { trends.remove(adxRanks[i - window]) }
            }
            volatilities.insert(sigmaRanks[i])
            guard t >= first else { continue }
            let below = Double(volatilities.countBelow(sigmaRanks[i])), size = Double(volatilities.count)
            if below >= crisisQuantile * size || indicators.drawdown24[i] <= fall * indicators.sigma168[i] && indicators.drawdown24[i] < 0 {
                wanted[t] = Regime.crisis.rawValue
            } else if below >= highQuantile * size {
                wanted[t] = Regime.highVolatility.rawValue
            } else {
                calm[t] = true
                trends.insert(adxRanks[i])
                let weaker = Double(trends.countBelow(adxRanks[i]))
                let trending = weaker >= trendQuantile * Double(trends.count)
                wanted[t] = (trending ? Regime.trending : .lowVolatility).rawValue
            }
        }
    }

    private func settled(_ wanted: [UInt8], from first: Int) -> [UInt8] {
        var labels = wanted
        var current = wanted[first], candidate = current, run = 0
        for t in first..<wanted.count {
            let asked = wanted[t]
            if asked == current {
                run = 0
            } else {
                run = asked == candidate && run > 0 ? run + 1 : 1
                candidate = asked
                if run >= hysteresisBars {
                    current = asked
                    run = 0
                }
            }
            labels[t] = current
        }
        return labels
    }
}

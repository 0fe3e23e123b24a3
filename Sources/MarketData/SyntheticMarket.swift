internal import NumericKernels
internal import RealModule
public import TradingTypes

/// An hourly market like BTC in which the right answers are known: regime-switching stochastic volatility with jumps, and a
/// planted, causal edge.
///
/// The simple return of the bar after bar t is
///
///     R_{t+1} = sigma_{t+1} * (e * s_t + sqrt(1 - e^2) * z) + jump
///
/// where sigma_{t+1} is known before the bar, z has mean 0 and variance 1 and is symmetric and bounded, the jump (one bar in 8,763) has
/// mean 0, and s_t = clip(log(c_t / c_{t-6}) / (sd24_t * sqrt 6) / k, -3, 3) is feature 3 of the 44 scaled to unit variance by the
/// constant k(e). So E[R | past] = sigma * e * s_t, exactly 0 at zero edge (in simple returns; log returns then have mean -sigma^2/2, and
/// the median price falls). With one edge for all regimes `e` is the correlation of s_t with the next standardised return, jumps
/// aside; with different ones it is the slope of that return on s_t in each regime (the variance of s_t lags a few bars behind).
///
/// Prices open at the previous close. The same arguments give the same bits; more bars extend a series without changing its beginning.
/// 10 million bars take a few seconds; memory is 48 bytes a bar.
public struct SyntheticMarket: Sendable, Equatable {
    public var seed: UInt64
    /// Bars from 2020-01-01T00:00Z on; `warmUpBars` more come before them.
    public var bars: Int
    /// Planted edge in each latent regime, in the order of `Regime`.
    public var edge: [Double]
    package var parameters = SyntheticParameters()

    /// Bars before the start: 90 days for the detector's quantiles and 720 for the features.
    public static let warmUpBars = 2_880
    public static let defaultBars = 43_816
    /// Prices stay above the smallest Double up to here (at zero edge the log price falls by 0.25 in 10,000 bars).
    public static let barRange = 100...20_000_000
    public static let edgeRange = -0.5...0.5
    /// 2020-01-01T00:00Z.
    public static let start: Int64 = 1_577_836_800

    public init(seed: UInt64 = 1, bars: Int = SyntheticMarket.defaultBars, edge: Double = 0) {
        self.seed = seed
        self.bars = bars
        self.edge = [Double](repeating: edge, count: 4)
    }

    /// What the market knows about itself, one entry a bar [T].
    public struct Truth: Sendable {
        /// Latent regime in force during the bar (`Regime` raw values).
        public var regime: [UInt8] = []
        /// sigma of the bar, known before it.
        public var sigma: [Double] = []
        /// s at the close before the bar; 0 while fewer than 24 returns exist.
        public var signal: [Double] = []
        /// e in force during the bar.
        public var edge: [Double] = []
        /// Whether the bar holds a jump.
        public var isJump: [Bool] = []
    }

    public func generate() -> BarSeries {
        var truth: Truth?
        return run(&truth)
    }

    /// The series with its latent columns.
    public func generateWithTruth() -> (series: BarSeries, truth: Truth) {
        var truth: Truth? = Truth()
        let series = run(&truth)
        return (series, truth ?? Truth())
    }

    private func run(_ truth: inout Truth?) -> BarSeries {
        precondition(edge.count == Regime.allCases.count, "edge has \(edge.count) entries, regimes are \(Regime.allCases.count)")
        let p = parameters
        let n = bars + Self.warmUpBars
        var time = [Int64](repeating: 0, count: n)
        var open = [Double](repeating: 0, count: n), high = open, low = open, close = open, volume = open

        var regimeStream = RandomStream(seed: seed, purpose: "synthetic/regime")
        var volatilityStream = RandomStream(seed: seed, purpose: "synthetic/volatility")
        var returnStream = RandomStream(seed: seed, purpose: "synthetic/return")
        var rangeStream = RandomStream(seed: seed, purpose: "synthetic/range")
        var volumeStream = RandomStream(seed: seed, purpose: "synthetic/volume")

        var slow = MeanReverting(time: p.slowTime, deviation: p.slowDeviation, &volatilityStream)
        var middle = MeanReverting(time: p.middleTime, deviation: p.middleDeviation, &volatilityStream)
        var fast = MeanReverting(time: p.fastTime, deviation: p.fastDeviation, &volatilityStream)
        var volumeSlow = MeanReverting(time: p.volumeSlowTime, deviation: p.volumeSlowDeviation, &volumeStream)
        var volumeNoise = MeanReverting(time: p.volumeNoiseTime, deviation: p.volumeNoiseDeviation, &volumeStream)
        var regime = RegimeChain(p, &regimeStream)
        var cycles = p.cycleTimes.map { Cycle(time: $0, deviation: p.cycleDeviation / Double.sqrt(Double(p.cycleTimes.count)), &volatilityStream) }
        var signal = MomentumSignal()
        let signalScale = edge.map { 1 / (p.signalDeviation(edge: $0) * Double.sqrt(6)) }
        var jumps = JumpSchedule(seed: seed, p)

        // A clipped normal has variance 1 - 2 (4 phi(4) - 15 Q(4)) = 0.9998795; the mixture's variance is divided out as well.
        let narrow = 1 / Double.sqrt(0.9998795 * (p.wideShare * p.wideFactor * p.wideFactor + 1 - p.wideShare))
        let aftershockDecay = Double.exp(-1 / p.aftershockTime)
        let meanHour = p.hourVolatility.reduce(0, +) / 24
        let noise = edge.map { Double.sqrt(1 - $0 * $0) }
        var level = p.regimeLevel[regime.current]
        var aftershock = 0.0
        var price = 8_000.0

        for i in 0..<n {
            let index = i - Self.warmUpBars
            let hour = ((index % 24) + 24) % 24
            let g = regime.step(&regimeStream)
            level = p.regimeSmoothing * level + (1 - p.regimeSmoothing) * p.regimeLevel[g]
            var x = level + slow.step(&volatilityStream) + middle.step(&volatilityStream) + fast.step(&volatilityStream) + aftershock
            for k in cycles.indices { x += cycles[k].step() }
            x = min(max(x, p.floor), p.ceiling)
            let sigma = p.scale * p.hourVolatility[hour] / meanHour * Double.exp(x)

            let s = min(max(signal.ratio * signalScale[g], -3), 3)
            let width = (returnStream.uniform() < p.wideShare ? p.wideFactor : 1) * narrow
            let z = width * min(max(returnStream.gaussian(), -4), 4)
            var simple = sigma * (edge[g] * s + noise[g] * z)
            let jump = jumps.size(at: index)
            simple += jump
            aftershock = aftershock * aftershockDecay + (jump != 0 ? p.aftershock : 0)

            let next = price * (1 + simple)
            let r = Double.log(onePlus: simple)
            // Maximum and minimum of a Brownian bridge from 0 to r, each by inversion of its own law.
            let spread = p.bridgeFactor * sigma * width
            let two = 2 * spread * spread
            let up = 0.5 * (r + Double.sqrt(r * r - two * Double.log(1 - rangeStream.uniform())))
            let down = 0.5 * (r - Double.sqrt(r * r - two * Double.log(1 - rangeStream.uniform())))
            time[i] = Self.start + Int64(index) * 3600
            open[i] = price
            close[i] = next
            high[i] = max(price * Double.exp(up), price, next)
            low[i] = min(price * Double.exp(down), price, next)
            let logVolume =
                p.volumeMean + volumeSlow.step(&volumeStream) + volumeNoise.step(&volumeStream) + p.volumeOnVolatility * x
                + p.volumeOnSize * Double.log(0.25 + abs(simple) / sigma) + p.hourVolume[hour]
            volume[i] = Double.exp(logVolume)
            truth?.append(regime: g, sigma: sigma, signal: s, edge: edge[g], isJump: jump != 0)
            signal.add(r)
            price = next
        }
        return BarSeries(symbol: "SYNTHETIC", barDurationSeconds: 3600, time: time, open: open, high: high, low: low, close: close, volume: volume)
    }
}

extension SyntheticMarket.Truth {
    fileprivate mutating func append(regime g: Int, sigma: Double, signal: Double, edge: Double, isJump: Bool) {
        regime.append(UInt8(g))
        self.sigma.append(sigma)
        self.signal.append(signal)
        self.edge.append(edge)
        self.isJump.append(isJump)
    }
}

/// A mean-reverting Gaussian component: autocorrelation exp(-1/time) a bar, stationary from its first value.
private struct MeanReverting {
    var value: Double
    let keep: Double, kick: Double

    init(time: Double, deviation: Double, _ stream: inout RandomStream) {
        keep = Double.exp(-1 / time)
        kick = deviation * Double.sqrt(1 - keep * keep)
        value = deviation * stream.gaussian()
    }

    mutating func step(_ stream: inout RandomStream) -> Double {
        value = keep * value + kick * stream.gaussian()
        return value
    }
}

/// The latent regime, with geometric durations.
private struct RegimeChain {
    var current = 0
    private var left = 0
    private let leave: [Double]
    private let next: [[Double]]

    init(_ p: SyntheticParameters, _ stream: inout RandomStream) {
        leave = p.regimeDuration.map { 1 / $0 }
        next = p.regimeNext
        left = Self.duration(leave[0], &stream)
    }

    mutating func step(_ stream: inout RandomStream) -> Int {
        if left == 0 {
            var u = stream.uniform()
            let row = next[current]
            var to = row.lastIndex { $0 > 0 } ?? current
            for k in row.indices {
                if u < row[k] {
                    to = k
                    break
                }
                u -= row[k]
            }
            current = to
            left = Self.duration(leave[to], &stream)
        }
        left -= 1
        return current
    }

    /// Geometric on 1, 2, ... with success probability q.
    private static func duration(_ q: Double, _ stream: inout RandomStream) -> Int {
        1 + Int((Double.log(1 - stream.uniform()) / Double.log(1 - q)).rounded(.down))
    }
}

/// A sine of random phase with the given standard deviation over a period, by rotation.
private struct Cycle {
    private var cosine: Double, sine: Double
    private let turnCosine: Double, turnSine: Double
    private let amplitude: Double

    init(time: Double, deviation: Double, _ stream: inout RandomStream) {
        let phase = 2 * Double.pi * stream.uniform()
        cosine = Double.cos(phase)
        sine = Double.sin(phase)
        turnCosine = Double.cos(2 * Double.pi / time)
        turnSine = Double.sin(2 * Double.pi / time)
        amplitude = deviation * Double.sqrt(2)
    }

    mutating func step() -> Double {
        (cosine, sine) = (cosine * turnCosine - sine * turnSine, sine * turnCosine + cosine * turnSine)
        return amplitude * cosine
    }
}

/// Log return of the last six bars in units of the sample deviation of the last 24: what the synthetic markets' planted edge is about. As `momentum_6` without its sqrt 6.
package struct MomentumSignal: Sendable {
    private var ring = [Double](repeating: 0, count: 24)
    private var position = 0
    private var count = 0

    package init() {}

    package mutating func add(_ r: Double) {
        ring[position] = r
        position = position == 23 ? 0 : position + 1
        count += 1
    }

    /// 0 while there are fewer than 24 returns.
    package var ratio: Double {
        guard count >= 24 else { return 0 }
        var sum = 0.0
        for r in ring { sum += r }
        let mean = sum / 24
        var squares = 0.0
        for r in ring { squares += (r - mean) * (r - mean) }
        var last = 0.0
        for k in 1...6 {
            let at = position - k
            last += ring[at < 0 ? at + 24 : at]
        }
        let deviation = Double.sqrt(squares / 23)
        return deviation > 0 ? last / deviation : 0
    }
}

/// One jump in every block of bars, drawn from a stream of the block's own.
private struct JumpSchedule {
    private let seed: UInt64
    private let block: Int
    private let range: ClosedRange<Double>
    private var current = Int.min
    private var position = 0
    private var jump = 0.0

    init(seed: UInt64, _ p: SyntheticParameters) {
        self.seed = seed
        block = p.jumpBlock
        range = p.jumpSize
    }

    mutating func size(at index: Int) -> Double {
        let b = index >= 0 ? index / block : -((block - 1 - index) / block)
        if b != current {
            current = b
            var stream = RandomStream(seed: seed, purpose: "synthetic/jump", index: UInt64(bitPattern: Int64(b)))
            position = b * block + Int(stream.below(UInt64(block)))
            // A log return of +a or -a. Falls, smaller as simple returns, are the likelier, so that the simple return's mean is 0:
            // p (e^a - 1) = (1 - p) (1 - e^-a) gives p = 1 / (1 + e^a).
            let a = range.lowerBound + (range.upperBound - range.lowerBound) * stream.uniform()
            jump = stream.uniform() * (1 + Double.exp(a)) < 1 ? Double.exp(a) - 1 : Double.exp(-a) - 1
        }
        return index == position ? jump : 0
    }
}

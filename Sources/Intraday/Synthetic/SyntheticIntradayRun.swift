internal import MarketData
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// The state of the synthetic intraday market while it is made, day after day.
struct SyntheticIntradayRun {
    private let market: SyntheticIntraday
    private let p: SyntheticIntradayParameters
    private var dayStream: RandomStream, setupStream: RandomStream, volatilityStream: RandomStream, returnStream: RandomStream
    private var rangeStream: RandomStream, volumeStream: RandomStream, impliedStream: RandomStream

    private var regime: DayRegime
    private var slow: MeanReverting, hour: MeanReverting, minute: MeanReverting
    private var volumeDay: MeanReverting
    private var volumeNoise: [MeanReverting]
    private var impliedNoise: MeanReverting
    private var indexState = 0.0, indexNoise = 0.0
    private var price: [Double]
    private var signals: [MomentumSignal]
    private let idiosyncratic: [Double]
    private let narrow: Double

    private var time: [Int64] = []
    private var open: [[Double]], high: [[Double]], low: [[Double]], close: [[Double]], volume: [[Double]], signal: [[Double]]
    private var volatilityIndex: [Double] = [], impliedVolatility: [Double] = []
    private var truth = SyntheticIntraday.Truth()

    init(_ market: SyntheticIntraday) {
        self.market = market
        p = market.parameters
        func stream(_ name: String) -> RandomStream { RandomStream(seed: market.seed, purpose: "synthetic-intraday/\(name)") }
        dayStream = stream("day")
        setupStream = stream("setup")
        volatilityStream = stream("volatility")
        returnStream = stream("return")
        rangeStream = stream("range")
        volumeStream = stream("volume")
        impliedStream = stream("implied")
        regime = DayRegime(p, &dayStream)
        slow = MeanReverting(keep: p.slowKeep, deviation: p.slowDeviation, &dayStream)
        hour = MeanReverting(time: p.hourTime, deviation: p.hourDeviation, &volatilityStream)
        minute = MeanReverting(time: p.minuteTime, deviation: p.minuteDeviation, &volatilityStream)
        volumeDay = MeanReverting(keep: p.volumeDayKeep, deviation: p.volumeDayDeviation, &dayStream)
        volumeNoise = []
        for _ in p.symbols { volumeNoise.append(MeanReverting(time: p.volumeNoiseTime, deviation: p.volumeNoiseDeviation, &volumeStream)) }
        impliedNoise = MeanReverting(time: p.impliedNoiseTime, deviation: p.impliedNoise, &impliedStream)
        price = p.symbols.map(\.price)
        signals = p.symbols.map { _ in MomentumSignal() }
        idiosyncratic = p.symbols.map { max(0, 1 - $0.onMarket * $0.onMarket - $0.onTechnology * $0.onTechnology).squareRoot() }
        // A normal clipped at 4 has variance 0.9998795; the mixture's variance is divided out as well.
        narrow = 1 / Double.sqrt(0.9998795 * (p.wideShare * p.wideFactor * p.wideFactor + 1 - p.wideShare))
        let empty = p.symbols.map { _ in [Double]() }
        (open, high, low, close, volume, signal) = (empty, empty, empty, empty, empty, empty)
    }

    /// Makes the bars of one trading day, from 04:00 to its close.
    mutating func day(_ date: Int) {
        let minutes = NewYorkSession.isHalfDay(date) ? NewYorkSession.halfDayMinutes : NewYorkSession.regularMinutes
        let g = regime.step(&dayStream)
        let level = p.regimeLevel[g] + slow.step(&dayStream)
        let daySigma = p.scale * Double.exp(level) * (390.0).squareRoot()
        let script = plan(daySigma)
        let volumeLevel = volumeDay.step(&dayStream)
        truth.dates.append(date)
        truth.regime.append(UInt8(g))
        truth.setup.append(script?.direction ?? 0)
        truth.isHit.append(script?.isHit ?? false)

        // The night. A planted day's gap is made here and in the pre-market, whose own noise is then smaller.
        indexState = p.indexKeep * indexState + (1 - p.indexKeep) * p.indexOnVolatility * level / (1 - 0.5 * p.indexKeep)
        let wide = dayStream.uniform() < p.nightWideShare ? p.nightWideFactor : 1
        let unit = 1 / Double.sqrt(p.nightWideShare * p.nightWideFactor * p.nightWideFactor + 1 - p.nightWideShare)
        let z = shocks(&dayStream, width: wide * unit)
        let indexBefore = price[0]
        for i in price.indices {
            let size = min(max(daySigma * p.nightDeviation * p.symbols[i].volatility * z[i], -0.2), 0.2)
            price[i] *= 1 + (script == nil ? size : 0.3 * size + 0.8 * script!.gap * p.symbols[i].onMarket * p.symbols[i].volatility)
        }

        let regular = p.volatilityCurve(minutes: minutes), volumes = p.volumeCurve(minutes: minutes)
        // Sum of the squared curve over the minutes still to come, for the implied volatility.
        var ahead = [Double](repeating: 0, count: minutes + 1)
        for m in stride(from: minutes - 1, through: 0, by: -1) { ahead[m] = ahead[m + 1] + regular[m] * regular[m] }
        let start = NewYorkSession.utc(date: date, minute: NewYorkSession.preMarketStart)
        var path = SetupPath(script, daySigma: daySigma)
        var sessionOpen = 0.0
        for m in 0..<(NewYorkSession.preMarketMinutes + minutes) {
            let isRegular = m >= NewYorkSession.preMarketMinutes
            let row = m - NewYorkSession.preMarketMinutes
            if row == 0 {
                sessionOpen = price[0]
                path.open(price[0], before: indexBefore)
            }
            let hourPart = hour.step(&volatilityStream), minutePart = minute.step(&volatilityStream)
            let x = min(level + hourPart + minutePart, p.ceiling)
            let half = min(m / 30, p.preMarketVolatility.count - 1)
            let factor = isRegular ? regular[row] : p.preMarketVolatility[half]
            let sigma = p.scale * factor * Double.exp(x)
            time.append(start + Int64(m) * 60)
            truth.sigma.append(sigma)
            let e = isRegular ? market.edge[g] : 0
            let noise = Double.sqrt(1 - e * e), scale = 1 / (p.signalDeviation(edge: e) * Double.sqrt(6))
            let width = (returnStream.uniform() < p.wideShare ? p.wideFactor : 1) * narrow
            let z = shocks(&returnStream, width: width)
            let planned = isRegular ? path.step(price[0]) : (script == nil ? nil : (drift: 0.2 * script!.gap / Double(NewYorkSession.preMarketMinutes), quiet: 0.25))
            for i in price.indices {
                let s = e == 0 && !isRegular ? 0 : min(max(signals[i].ratio * scale, -3), 3)
                let own = p.symbols[i].volatility
                var simple = sigma * own * (e * s + noise * z[i])
                if let planned { simple = simple * planned.quiet + planned.drift * p.symbols[i].onMarket * own }
                simple = min(max(simple, -0.2), 0.2)
                let before = price[i], next = before * (1 + simple)
                let r = Double.log(onePlus: simple)
                let spread = p.bridgeFactor * sigma * own * width * (planned?.quiet ?? 1)
                let two = 2 * spread * spread
                let up = 0.5 * (r + Double.sqrt(r * r - two * Double.log(1 - rangeStream.uniform())))
                let down = 0.5 * (r - Double.sqrt(r * r - two * Double.log(1 - rangeStream.uniform())))
                open[i].append(before)
                close[i].append(next)
                high[i].append(max(before * Double.exp(up), before, next))
                low[i].append(min(before * Double.exp(down), before, next))
                let mean = isRegular ? volumes[row] : 390 * p.preMarketVolume[half] / 30
                let logVolume = volumeLevel + volumeNoise[i].step(&volumeStream) + p.volumeOnVolatility * x + p.volumeOnSize * Double.log(0.25 + abs(simple) / (sigma * own))
                volume[i].append((p.symbols[i].volume * mean * Double.exp(logVolume)).rounded())
                signal[i].append(isRegular ? s : 0)
                if isRegular { signals[i].add(r) }
                price[i] = next
            }
            // What the options know at this minute's close: the model's own expectation of the rest of the day, a premium, the day's fall or rise.
            let noiseNow = impliedNoise.step(&impliedStream)
            let done = max(0, row + 1)
            let left = Double(max(1, minutes - done))
            let rest = done < minutes ? ahead[done] / left : regular[minutes - 1] * regular[minutes - 1]
            let persist = p.hourTime / left * (1 - Double.exp(-left / p.hourTime))
            let expected = p.scale * Double.exp(level + hourPart * persist + 0.5 * (p.hourDeviation * p.hourDeviation + p.minuteDeviation * p.minuteDeviation)) * Double.sqrt(rest)
            let fallen = isRegular ? Double.log(price[0] / sessionOpen) : 0
            impliedVolatility.append(min(max(expected * (252.0 * 390).squareRoot() * Double.exp(p.impliedPremium + noiseNow + p.impliedOnReturn * fallen), 0.02), 3))
            indexNoise = 0.97 * indexNoise + p.indexNoise * 0.243 * impliedStream.gaussian()
            volatilityIndex.append(min(max(Double.exp(p.indexLevel + indexState + indexNoise + p.indexOnReturn * Double.log(price[0] / indexBefore)), 5), 150))
        }
    }

    func output() -> SyntheticIntraday.Output {
        var out = SyntheticIntraday.Output(volatilityIndex: volatilityIndex, impliedVolatility: impliedVolatility, time: time, truth: truth)
        for (i, s) in p.symbols.enumerated() {
            out.series[s.name] = BarSeries(symbol: s.name, barDurationSeconds: 60, time: time, open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i])
            out.truth.signal[s.name] = signal[i]
        }
        return out
    }

    /// Standardised returns of all symbols, of the common width.
    private func shocks(_ stream: inout RandomStream, width: Double) -> [Double] {
        func normal() -> Double { min(max(stream.gaussian(), -4), 4) }
        let index = normal(), technology = normal()
        return p.symbols.indices.map { i in
            width * (p.symbols[i].onMarket * index + p.symbols[i].onTechnology * technology + idiosyncratic[i] * normal())
        }
    }

    /// Whether today is planted, and how. Always the same number of draws.
    private mutating func plan(_ daySigma: Double) -> SetupPlan? {
        let u = setupStream.uniform(), a = setupStream.uniform(), b = setupStream.uniform(), c = setupStream.uniform(), d = setupStream.uniform()
        let direction = u < market.setups ? 1 : (u < market.setups + market.downSetups ? -1 : 0)
        guard direction != 0 else { return nil }
        func between(_ range: ClosedRange<Double>, _ x: Double) -> Double { range.lowerBound + (range.upperBound - range.lowerBound) * x }
        let isHit = d < market.hitRate
        return SetupPlan(
            direction: direction, isHit: isHit, gap: Double(direction) * between(p.setupGap, a), pullback: between(p.setupPullback, b),
            trend: Double(direction) * (isHit ? 1 : -1) * between(p.setupTrend, c))
    }
}

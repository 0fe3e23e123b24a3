internal import Environments
internal import Features
internal import NumericKernels
internal import RealModule
internal import TradingTypes

/// What the edge is learnt from: the normalised features of the analysed bars, then one indicator a regime (which carry the drift, shrunk
/// like the rest), piece by piece.
///
/// Features have mean 0 and sd 1 over the bars, are clipped at 10, missing ones are 0. The pieces of a series whose features are kept in memory are kept
/// too; those of a longer one are computed whenever they are read, and what stays is `volatility` and `labels`.
struct EdgeDesign: Sendable {
    let featureCount: Int
    /// F features and R indicators.
    let width: Int
    let labels: [UInt8]
    /// Size of the next return that the features lead one to expect; sizes say nothing about direction. One a bar.
    private(set) var volatility: [Double]
    /// The blocks of bars that are held out in turn.
    let folds: [Range<Int>]
    /// The blocks of bars that the jackknife leaves out in turn.
    let blocks: [Range<Int>]
    /// All bars in order, cut so that every fold and every block uses a piece wholly or not at all, and at every `FeatureSource.stretch` bars.
    let pieces: [Range<Int>]
    /// Share of an edge that is left in `standardisedReturns` because the forecast of the return's size is not its true scale, at most 1.
    private(set) var attenuation = 1.0
    private let market: AnalysisMarket
    private let features: FeatureSource
    private let normalizer: Normalizer
    private var kept: [DesignMatrix] = []
    /// Scales returns over volatility to mean square 1.
    private var scale = 1.0

    var count: Int { labels.count }
    static let clip = 6.0

    init(_ market: AnalysisMarket, _ source: FeatureSource, threads: Int) {
        let n = market.rows.count, first = market.rows.lowerBound, purged = EdgeModel.purgedBars
        let held = (0..<EdgeModel.folds).map { k in (k * n / EdgeModel.folds)..<((k + 1) * n / EdgeModel.folds) }
        blocks = (0..<EdgeModel.blocks).map { k in (k * n / EdgeModel.blocks)..<((k + 1) * n / EdgeModel.blocks) }
        let cuts = Set(held.flatMap { [$0.lowerBound - purged, $0.lowerBound, $0.upperBound, $0.upperBound + purged] } + blocks.map(\.lowerBound) + [0, n])
        let edges = cuts.filter { (0...n).contains($0) }.sorted()
        folds = held
        pieces = zip(edges, edges.dropFirst()).flatMap { from, to in
            stride(from: from, to: to, by: FeatureSource.stretch).map { $0..<min(to, $0 + FeatureSource.stretch) }
        }
        labels = Array(market.labels[market.rows])
        featureCount = source.names.count
        width = source.names.count + market.regimeNames.count
        self.market = market
        features = source
        normalizer = Normalizer(source, fittedOn: market.rows)
        volatility = []
        if source.isKept {
            let computed = inParallel(pieces.count, threads: threads) { [self] in compute($0) }
            kept = computed
        }
        // The recent volatility, not below a thousandth of its mean.
        volatility.reserveCapacity(n)
        for piece in pieces {
            let rows = (first + piece.lowerBound)..<(first + piece.upperBound)
            let recent = market.columns(["volatility_24h"], rows: rows)["volatility_24h"] ?? .constant(1)
            for i in 0..<rows.count { volatility.append(recent[i].isFinite ? recent[i] : 0) }
        }
        let floor = max(1e-12, 1e-3 * volatility.reduce(0, +) / Double(max(1, n)))
        for t in 0..<n { volatility[t] = max(floor, volatility[t]) }
        if n >= 10 * width { expectSizes(threads: threads) }
        var squares = 0.0
        for t in 0..<n {
            let r = market.environment.nextReturn[first + t] / volatility[t]
            squares += r * r
        }
        scale = squares > 0 ? 1 / Double.sqrt(squares / Double(n)) : 1
        attenuation = expectedAttenuation()
    }

    /// What an imperfect forecast of the return's size leaves of a correlation: E[w] / sqrt(E[w^2]), w = (true scale) / (forecast).
    ///
    /// A return is its scale times a noise z of constant variance, and the scale is never seen; but it lasts. Two bars k apart, both over the forecast
    /// that was made before the first, have
    ///
    ///     E[|a_t| |a_(t+k)|] / (E|a_t| E|a_(t+k)|) = E[w_t w_(t+k)] / (E[w_t] E[w_(t+k)])
    ///
    /// from which the noise cancels, and which tends to E[w^2] / E[w]^2 as k goes to 0: the line of least squares through k = 1...4, at 0. The curve
    /// is convex, so the line passes a little below: .2% of an edge on the synthetic market. Where large returns raise the scale of the bars after them (GARCH)
    /// some of that counts as w, and an edge comes out a few percent of itself too high.
    private func expectedAttenuation() -> Double {
        let n = count, first = market.rows.lowerBound, clip = Self.clip / scale
        if n < 100 { return 1 }
        let excess = (1...4).map { k -> Double in
            var both = 0.0, now = 0.0, later = 0.0
            for t in 0..<n - k {
                let a = min(abs(market.environment.nextReturn[first + t]) / volatility[t], clip)
                let b = min(abs(market.environment.nextReturn[first + t + k]) / volatility[t], clip)
                both += a * b
                now += a
                later += b
            }
            return now > 0 && later > 0 ? both * Double(n - k) / (now * later) - 1 : 0
        }
        return 1 / Double.sqrt(1 + max(0, excess[0] + 0.5 * (excess[1] - excess[3])))
    }

    /// Number of the block that holds a piece.
    func block(of piece: Int) -> Int { blocks.firstIndex { $0.contains(pieces[piece].lowerBound) } ?? 0 }

    /// The rows of one piece.
    func matrix(_ piece: Int) -> DesignMatrix { kept.isEmpty ? compute(piece) : kept[piece] }

    private func compute(_ piece: Int) -> DesignMatrix {
        let rows = pieces[piece], first = market.rows.lowerBound
        let table = features.table(rows: (first + rows.lowerBound)..<(first + rows.upperBound))
        let indicators = market.regimeNames.indices.map { g in labels[rows].map { Int($0) == g ? 1.0 : 0 } }
        return DesignMatrix(columns: normalizer.apply(table, rows: 0..<rows.count).columns + indicators)
    }

    /// Next returns of one piece over volatility, scaled to mean square 1 over all bars and clipped at 6, so that a jump counts as one large return.
    func standardisedReturns(_ piece: Int) -> [Double] {
        let first = market.rows.lowerBound
        return pieces[piece].map { t in
            min(max(scale * market.environment.nextReturn[first + t] / volatility[t], -Self.clip), Self.clip)
        }
    }

    /// Rows of one piece, counted from its first, by regime.
    func rowsByRegime(_ piece: Int) -> [[Int]] {
        var rows = [[Int]](repeating: [], count: market.regimeNames.count)
        for (i, t) in pieces[piece].enumerated() { rows[Int(labels[t])].append(i) }
        return rows
    }

    /// Turns the recent volatility v into the expected size: v exp(ridge regression of ln(|r| / v) on the design), |r| floored at v / 20, the
    /// result not below v / 10.
    private mutating func expectSizes(threads: Int) {
        let recent = volatility, design = self, first = market.rows.lowerBound
        let grams = inParallel(pieces.count, threads: threads) { piece -> GramMatrix in
            let sizes = design.pieces[piece].map { t in
                Double.log(max(abs(design.market.environment.nextReturn[first + t]), 0.05 * recent[t]) / recent[t])
            }
            let matrix = design.matrix(piece).appending([sizes])
            return matrix.gram(rows: 0..<matrix.rows)
        }
        let path = RidgePath(grams.dropFirst().reduce(grams[0], +), features: 0..<width, target: width)
        let fit = path.choose(path.grid())
        let sizes = inParallel(pieces.count, threads: threads) { piece -> [Double] in
            let matrix = design.matrix(piece)
            return matrix.predict(fit.coefficients, intercept: fit.intercept, rows: 0..<matrix.rows)
        }
        for (piece, logs) in zip(pieces, sizes) {
            for (t, log) in zip(piece, logs) { volatility[t] *= max(0.1, Double.exp(min(log, 5))) }
        }
    }
}

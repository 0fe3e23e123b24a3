package struct EdgeModel: Sendable {
    package let estimate: EdgeEstimate
    func hitRate(regime: Int) -> Estimate { Estimate(nil, reason: "stub") }
    func predict(_ target: [Double]) -> [Double] { target }
}

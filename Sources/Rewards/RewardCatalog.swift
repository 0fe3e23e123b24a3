public import ComponentKit

/// Every term that a reward file can name, in alphabetical order. Adding a term: one file in `Terms/`, one line here.
public enum RewardCatalog {
    public static let terms: [any CatalogueTerm.Type] = [
        BenchmarkExcess.self,
        CashPenalty.self,
        DifferentialDownside.self,
        DifferentialSharpe.self,
        DrawdownPenalty.self,
        FreqAIExample.self,
        IdleRamp.self,
        InvalidAction.self,
        KLToTeacher.self,
        LogReturn.self,
        LowProfitPenalty.self,
        NetWorthWindow.self,
        OpportunityCost.self,
        PriceAdvantage.self,
        PositionReturn.self,
        PositiveOnly.self,
        Potential.self,
        Regret.self,
        RewardMachine.self,
        SharpeWindow.self,
        SortinoWindow.self,
        StopLossPenalty.self,
        TimeInTradeRamp.self,
        TurnoverCost.self,
        VariancePenalty.self,
        VolatilityScaledReturn.self,
    ]

    public static let standard = Catalogue<any CatalogueTerm.Type>(terms) { $0.card }
}

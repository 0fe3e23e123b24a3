public import ComponentKit

/// Every term that a reward file can name. Adding a term: one file in `Terms/`, one line here.
public enum RewardCatalog {
    public static let terms: [any CatalogueTerm.Type] = [
        DifferentialSharpe.self,
        Potential.self,
        VariancePenalty.self,
    ]

    public static let standard = Catalogue<any CatalogueTerm.Type>(terms) { $0.card }
}

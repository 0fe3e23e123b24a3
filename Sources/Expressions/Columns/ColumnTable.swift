public import TradingTypes

/// The columns that expressions are evaluated over, by name: one value a row, or one for all rows. Actions and regimes as
/// their codes, booleans as 0 and 1, durations in minutes, NaN where missing. Copies share their columns.
public struct ColumnTable: Sendable {
    public let rowCount: Int
    private var columns: [String: Column] = [:]

    public init(rowCount: Int, columns: [String: Column] = [:]) {
        self.rowCount = rowCount
        for (name, column) in columns { self[name] = column }
    }

    /// The names that have a column.
    public var names: [String] { columns.keys.sorted() }

    /// The column of a name; setting one of another length than the table traps.
    public subscript(name: String) -> Column? {
        get { columns[name] }
        set {
            if case .values(let values) = newValue {
                precondition(values.count == rowCount, "column '\(name)' has \(values.count) rows, the table has \(rowCount)")
            }
            columns[name] = newValue
        }
    }
}

import Reports

/// A table whose columns are as wide as their widest cell, never cut: for lists that end in a sentence.
func plainTable(_ heads: [String], _ rows: [[String]], textColumns: Int = 1) -> String {
    TextTable(heads, textColumns: textColumns, rows: rows.map { $0.map { TextTable.Cell($0) } }).terminal(width: 4_000)
}

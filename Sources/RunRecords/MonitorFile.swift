internal import ComponentKit

/// `monitor.csv` as Stable-Baselines3 writes it (`common/monitor.py`, version 2.9): a row per finished episode.
///
/// The first line is `#` and a JSON object with `t_start` (seconds since 1970) and `env_id`, and ends `\n`; the header `r,l,t` and the rows end `\r\n`.
/// `r` is the episode's return and `t` the seconds since `t_start`, both rounded to 6 decimals; `l` its steps.
package final class MonitorFile {
    private let file: RowFile
    /// Seconds since 1970 from which `t` counts.
    package let start: Double
    private let extraColumns: [String]

    /// Episodes written so far: what a checkpoint remembers.
    package var rows: Int { file.rows }

    /// A new file over whatever stood there; `path` ends in `monitor.csv`, which readers look for. Throws `RecordNotWritten`.
    package init(creating path: String, start: Double, environment: String, extraColumns: [String] = []) throws(RecordNotWritten) {
        precondition(path.hasSuffix("monitor.csv"), "MonitorFile: '\(path)' does not end in monitor.csv, which readers look for")
        self.start = start
        self.extraColumns = extraColumns
        let columns = (["r", "l", "t"] + extraColumns).map(cellText).joined(separator: ",")
        let head = "#{\"t_start\": \(pythonText(start)), \"env_id\": \(MonitorFile.asciiJSON(environment))}\n\(columns)\r\n"
        file = try RowFile(creating: path, head: Array(head.utf8))
    }

    /// Goes on with the file at `path` after its first `rows` episodes; later ones are cut off.
    ///
    /// `start` stays the one of the file. Throws `InputMissing`, `InputIssues` (fewer episodes than that, no monitor file, other columns), `RecordNotWritten`.
    package init(resuming path: String, rows: Int, extraColumns: [String] = []) throws {
        let bytes = try readBytes(path, help: "the run's folder has lost a file: restore it, or start the run again with --force")
        var text = RowText(bytes, headLines: 2)
        guard text.head.count == 2, text.head[0].first == UInt8(ascii: "#"), let header = try? JSONValue(parsing: text.head[0].dropFirst()),
            let start = header["t_start"]?.number, RowText.cells(text.head[1]).map(RowText.text) == ["r", "l", "t"] + extraColumns
        else {
            throw InputIssues(
                InputIssue(
                    code: "monitor_header", file: path, line: 1, message: "does not start like a monitor file of this run (a line '#{\"t_start\": ...}', then \((["r", "l", "t"] + extraColumns).joined(separator: ",")))",
                    help: "restore the file, or start the run again with --force"))
        }
        try text.keep(rows, file: path)
        self.start = start
        self.extraColumns = extraColumns
        file = try RowFile(resuming: path, bytes: bytes, text: text)
    }

    /// Adds an episode. `time` is seconds since `start`. Throws `RecordNotWritten`, the file then being as before.
    package func write(return total: Double, steps: Int, time: Double, extra: [LogValue] = []) throws(RecordNotWritten) {
        precondition(extra.count == extraColumns.count, "MonitorFile: \(extra.count) extra values for the columns \(extraColumns)")
        let values = [.number(pythonRounded(total, places: 6)), .integer(steps), .number(pythonRounded(time, places: 6))] + extra
        try file.append(values.map { $0.cell(alwaysQuoting: false) }.joined(separator: ",") + "\r\n")
    }

    package func synchronize() throws(RecordNotWritten) { try file.synchronize() }

    /// A JSON string in ASCII, as Python's `json.dumps` writes it.
    private static func asciiJSON(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONValue.quote(text, to: &bytes)
        var out = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar.isASCII, scalar.value != 0x7F {
                out.unicodeScalars.append(scalar)
            } else {
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return out
    }
}

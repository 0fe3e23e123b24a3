import ArgumentParser
import ComponentKit
import Foundation
import Intraday
import MarketData

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look at a file of bars: what was understood, what is odd, and what was done about it.",
        discussion: """
            Examples:
              assay data prices.csv.gz
              assay data synthetic:btc-hourly,seed=2
              assay data synthetic:intraday,days=60
              assay data "SPY: spy.csv.gz, QQQ: qqq.csv.gz, VIX: vix.csv.gz, AAPL: aapl.csv.gz" --days 60
            """)

    @Argument(help: ArgumentHelp("A .csv or .csv.gz file, synthetic:btc-hourly[,...], synthetic:intraday[,...], or files by symbol.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Zone of time stamps that carry none (UTC, US/Eastern, +02:00); inferred when absent.", valueName: "zone"))
    var timeZone: String?

    @Option(help: ArgumentHelp("Of an intraday market only the last days.", valueName: "n"))
    var days: Int?

    @Flag(help: "Market oddities are errors instead of being counted.")
    var strict = false

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func run() throws {
        if IntradaySource.isIntraday(file) {
            let loaded = try IntradayViews.load(file, days: days, timeZone: timeZone, strict: strict)
            if json { Console.print(try jsonText(["intraday": IntradayViews.DataJSON(loaded)])) } else { IntradayViews.printData(loaded) }
            return
        }
        if days != nil { throw ValidationError("--days is for intraday markets") }
        var source = try BarSource.parse(file)
        source.options.timeZone = timeZone
        let manifest = try source.load(strict: strict).manifest
        if json {
            Console.print(try jsonText(["manifest": ManifestJSON(manifest)]))
            return
        }
        let rows = manifest.tableRows
        let width = rows.map(\.label.count).max() ?? 0
        for (label, value) in rows {
            Console.print(label + String(repeating: " ", count: width - label.count + 2) + value)
        }
    }
}

struct ManifestJSON: Encodable {
    struct Oddity: Encodable {
        let name: String, count: Int, policy: String, detail: String, examples: [String]
    }

    let symbol: String, path: String, rows: Int, first_time: String, last_time: String, bar_seconds: Int, time_zone: String, time_zone_source: String
    let stamps: String, order: String, layout: String, calendar: String, notes: [String], oddities: [Oddity], sha256: String

    init(_ m: DataManifest) {
        symbol = m.symbol
        path = m.path
        rows = m.rows
        first_time = timeText(m.firstTime)
        last_time = timeText(m.lastTime)
        bar_seconds = m.barDurationSeconds
        time_zone = m.timeZone
        time_zone_source = m.timeZoneSource
        stamps = m.stampConvention
        order = m.order
        layout = m.layout
        calendar = m.calendar
        notes = m.notes
        oddities = m.oddities.map { Oddity(name: $0.name, count: $0.count, policy: $0.policy, detail: $0.detail, examples: $0.examples.map(\.description)) }
        sha256 = m.sha256
    }
}

/// One line on what was odd in the bars.
func remark(on manifest: DataManifest) -> String {
    let faults = manifest.oddities.filter(\.isFault)
    let name = visible(manifest.path)
    if faults.isEmpty { return "\(name): \(manifest.rows) bars, nothing odd" }
    return "\(name): \(manifest.rows) bars; " + faults.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + " ('assay data' tells more)"
}

import ArgumentParser
import ComponentKit
import Foundation
import Reports

struct PlotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw figures again: all of a report folder, or one table through one template.",
        discussion: """
            Examples:
              assay plot demo                                  every script in demo/plots, as edited
              assay plot --template ev-values data.tsv out.svg one table
            """)

    @Argument(help: ArgumentHelp("A report folder or a .gp script; with --template a table (TSV) and the figure to write.", valueName: "path"))
    var paths: [String]

    @Option(help: ArgumentHelp("Draw a table through this template; 'assay list plots' shows them.", valueName: "name"))
    var template: String?

    func run() async throws {
        let gnuplot = Gnuplot()
        if let template {
            try await drawTable(template, gnuplot)
        } else {
            for path in paths { try await redraw(path, gnuplot) }
        }
    }

    private func drawTable(_ name: String, _ gnuplot: Gnuplot) async throws {
        guard let template = PlotCatalog.template(name) else {
            let names = PlotCatalog.cards.map(\.name)
            let near = suggestion(for: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("unknown template '\(visible(name))'\(near) Known: \(names.joined(separator: ", "))")
        }
        guard paths.count == 2 else { throw ValidationError("--template needs two paths: the table (TSV) and the figure to write (.svg or .png)") }
        guard FileManager.default.fileExists(atPath: paths[0]) else {
            throw InputMissing(InputIssue(code: "missing", file: paths[0], message: "no such file", help: "name a table that 'assay ev --out' wrote, or one of your own"))
        }
        try await gnuplot.draw(template: template, table: paths[0], output: paths[1])
        Console.print(paths[1])
    }

    private func redraw(_ path: String, _ gnuplot: Gnuplot) async throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw InputMissing(InputIssue(code: "missing", file: path, message: "no such file or folder", help: "name a folder that 'assay ev --out' wrote"))
        }
        if !isDirectory.boolValue {
            let url = URL(fileURLWithPath: path)
            try await gnuplot.draw(url.lastPathComponent, in: url.deletingLastPathComponent().path)
            Console.print(path)
            return
        }
        let inner = path + "/plots"
        let folder = FileManager.default.fileExists(atPath: inner) ? inner : path
        let scripts = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gp") }.sorted()
        guard !scripts.isEmpty else {
            throw InputMissing(InputIssue(code: "missing", file: folder, message: "holds no .gp script", help: "name a folder that 'assay ev --out' wrote"))
        }
        for script in scripts {
            try await gnuplot.draw(script, in: folder)
            Console.print("\(folder)/\(script)")
        }
    }
}

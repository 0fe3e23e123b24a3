import ArgumentParser
import Cloning
import ComponentKit
import Foundation
import NumericKernels
import Reports
import RunRecords
import Training

@main
enum Main {
    static func main() async {
        keepFreedMemory()
        do {
            var command = try Assay.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.report(error)
        }
    }
}

struct Assay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "See what a reward function pays for, before any training.",
        discussion: """
            Example:
              assay ev rewards/btc-s3.yaml --bars synthetic:btc-hourly

            Start with 'assay demo' (the whole story on a synthetic market), then 'assay ev' on your own reward file and bars.
            """,
        version: version,
        subcommands: [
            DemoCommand.self,
            ExpectedValueCommand.self,
            ForecastCommand.self,
            TeachCommand.self,
            CloneCommand.self,
            TrainCommand.self,
            EvaluateCommand.self,
            SweepCommand.self,
            SolveCommand.self,
            ExportCommand.self,
            CheckCommand.self,
            CompareCommand.self,
            DataCommand.self,
            FeaturesCommand.self,
            RegimesCommand.self,
            ListCommand.self,
            ExplainCommand.self,
            PostmortemCommand.self,
            ReportCommand.self,
            PlotCommand.self,
            DoctorCommand.self,
        ])

    static let version = "0.1.0"
}

/// Exit codes and their messages: 64 wrong usage, 65 bad input, 66 input missing, 69 helper program missing, 70 our fault, 1 the run failed.
enum Failure {
    static func report(_ error: any Error) -> Never {
        switch error {
        case let issues as InputIssues:
            Console.error(issues.description)
            let count = issues.errors.count
            if count > 1 { Console.error("\(count) errors") }
            Foundation.exit(65)
        case let missing as InputMissing:
            Console.error(missing.description)
            Foundation.exit(66)
        case let failure as GnuplotFailure:
            Console.error(failure.description)
            if case .missing = failure { Foundation.exit(69) }
            Foundation.exit(1)
        case let failure as ReportNotWritten:
            Console.error(failure.description)
            Foundation.exit(65)
        case let failure as RecordNotWritten:
            Console.error(failure.description)
            Foundation.exit(65)
        case let failure as CurriculumFailure:
            Console.error(failure.description)
            Foundation.exit(1)
        case let failure as CurriculumFold:
            Console.error(failure.description)
            Foundation.exit(1)
        case let failure as CloningFailure:
            Console.error(failure.description)
            Foundation.exit(1)
        case let failure as RunFailure:
            Console.error("error: \(failure.description)")
            Foundation.exit(1)
        case let failure as CommandFailure:
            Console.error("error: \(failure.message)" + (failure.help.map { "\nhelp: \($0)" } ?? ""))
            Foundation.exit(failure.code)
        default:
            Assay.exit(withError: error)
        }
    }
}

/// A failure with its exit code.
struct CommandFailure: Error {
    let message: String
    let help: String?
    let code: Int32

    init(_ message: String, help: String? = nil, code: Int32 = 1) {
        self.message = message
        self.help = help
        self.code = code
    }
}

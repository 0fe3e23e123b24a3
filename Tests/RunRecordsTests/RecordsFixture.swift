import Foundation
import TestSupport

/// `Tests/Parity/records/fixture.json`.
struct RecordsFixture: Decodable {
    struct Numbers: Decodable { var doubles: [[String]], singles: [[String]], rounded: [[String]] }
    struct Monitor: Decodable {
        var t_start: Double, env_id: String, rows: [[Double]]
    }
    struct Events: Decodable {
        /// What tensorboard's EventAccumulator read, by tag.
        var read: [String: [Point]]
        var wall_time: Double

        struct Point: Decodable {
            var step: Int, wallTime: Double, value: String

            init(from decoder: any Decoder) throws {
                var row = try decoder.unkeyedContainer()
                step = try row.decode(Int.self)
                wallTime = try row.decode(Double.self)
                value = try row.decode(String.self)
            }
        }
    }
    var numbers: Numbers
    var events: Events
    /// Dumps of [key, kind, Python's text].
    var progress: [[[String]]]
    var monitor: Monitor
    var versions: [String: String]

    static let shared: RecordsFixture = {
        guard let value = try? JSONDecoder().decode(RecordsFixture.self, from: Data(fixtureBytes("fixture.json"))) else {
            preconditionFailure("fixture.json is of another form: run python Tests/Parity/records/generate.py")
        }
        return value
    }()
}

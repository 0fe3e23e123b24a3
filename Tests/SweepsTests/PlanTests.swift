import ComponentKit
import Sweeps
import TestSupport
import Testing

@Suite struct PlanTests {
    func plan(_ method: SweepPlan.Method, _ vary: [String], trials: Int = 8) throws -> SweepPlan {
        var plan = SweepPlan(name: "x", experiment: "x.yaml")
        plan.method = method
        plan.trials = trials
        plan.dimensions = try vary.map { try SweepDimension($0) }
        return plan
    }

    @Test func aGridCombinesEverything() throws {
        let points = try plan(.grid, ["ppo.ent_coef=0.01, 0.05", "reward.hold=-1..1/3", "ppo.n_steps=int:10..12/3"]).points()
        #expect(points.count == 18)
        #expect(points.first == ["0.01", "-1", "10"] && points.last == ["0.05", "1", "12"])
        #expect(Set(points.map { $0[1] }) == ["-1", "0", "1"])
    }

    @Test func aLogarithmicGridIsEvenInRatios() throws {
        let values = try plan(.grid, ["a=log:0.01..1/3"]).points().compactMap { Double($0[0]) }
        #expect(values.count == 3 && values[0] == 0.01 && abs(values[1] - 0.1) < 1e-12 && values[2] == 1)
    }

    /// More trials of a random or Sobol sweep begin with the fewer: results can be added to.
    @Test(arguments: [SweepPlan.Method.random, .sobol]) func pointsAreAPrefix(_ method: SweepPlan.Method) throws {
        let vary = ["a=0..1", "b=log:1..100", "c=int:0..3", "d=x,y"]
        let few = try plan(method, vary, trials: 8).points(), many = try plan(method, vary, trials: 40).points()
        #expect(Array(many.prefix(8)) == few && Set(many).count == 40)
        for point in many {
            #expect((0...1).contains(Double(point[0]) ?? -1) && (1...100).contains(Double(point[1]) ?? -1) && ["0", "1", "2", "3"].contains(point[2]) && ["x", "y"].contains(point[3]))
        }
        #expect(Set(many.map { $0[2] }).count == 4 && Set(many.map { $0[3] }).count == 2)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let vary: String, text: String
        var testDescription: String { vary }
    }

    @Test(arguments: [
        Fault(vary: "a", text: "not of the form NAME=VALUES"), Fault(vary: "a=", text: "not of the form"), Fault(vary: "a=1,,2", text: "a value is empty"),
        Fault(vary: "a=1,1", text: "listed twice"), Fault(vary: "a=2..1", text: "is empty"), Fault(vary: "a=log:0..1", text: "must begin above 0"),
        Fault(vary: "a=int:0.5..2", text: "whole number"), Fault(vary: "a=exp:1..2", text: "no scale"), Fault(vary: "a=1..2/1", text: "how many points"),
        Fault(vary: "a=x..y", text: "no range of two numbers"),
    ]) func malformedValuesSaySo(_ fault: Fault) throws {
        let issues = try #require(throws: InputIssues.self) { try SweepDimension(fault.vary) }
        #expect(issues.description.contains(fault.text) && issues.description.contains("NAME=lo..hi"), "\(issues.description)")
    }

    @Test func whatCannotBeSweptSaysWhy() throws {
        let open = try #require(throws: InputIssues.self) { try plan(.grid, ["a=0..1"]).points() }
        #expect(open.description.contains("open range 0..1") && open.description.contains("a=0..1/5"))
        let nothing = try #require(throws: InputIssues.self) { try plan(.grid, []).points() }
        #expect(nothing.description.contains("varies nothing"))
        let twice = try #require(throws: InputIssues.self) { try plan(.sobol, ["a=0..1", "a=1..2"]).points() }
        #expect(twice.description.contains("'a' is varied twice"))
        let many = try #require(throws: InputIssues.self) { try plan(.grid, ["a=0..1/200", "b=0..1/200"]).points() }
        #expect(many.description.contains("more than 10000 points"))
    }

    @Test func aFileIsReadWithItsFaults() throws {
        let folder = try Workspace()
        let file = try folder.write("s.yaml", "schema: 1\nname: s\nexperiment: e.yaml\nmethod: sobol\ntrials: 4\nseeds: [3, 4]\nsteps: 100\nset:\n  ppo.gamma: 0.9\nvary:\n  ppo.ent_coef: log:0.01..0.1\n  reward.hold: [0, 0.5]\n")
        let plan = try SweepPlan(file: file)
        #expect(plan.method == .sobol && plan.trials == 4 && plan.seeds == [3, 4] && plan.steps == 100 && plan.settings == ["ppo.gamma=0.9"])
        #expect(plan.dimensions.map(\.name) == ["ppo.ent_coef", "reward.hold"] && plan.dimensions[1].values == .list(["0", "0.5"]))
        #expect(try SweepPlan.isSweep(file: file))
        let bad = try folder.write("b.yaml", "schema: 1\nname: s\nexperiment: e.yaml\nmethod: sobl\nseeds: [1, 1]\nvry: 1\nvary:\n  a: 3..1\n")
        let issues = try #require(throws: InputIssues.self) { try SweepPlan(file: bad) }
        for text in ["b.yaml:4:", "did you mean 'sobol'?", "different whole numbers", "did you mean 'vary'?", "range from 3 to 1 is empty"] { #expect(issues.description.contains(text), "\(issues.description)") }
    }
}

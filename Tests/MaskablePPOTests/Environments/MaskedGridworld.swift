import MaskablePPO
import NetworkKernels

/// A 4 x 4 grid with a wall; moves into walls and off the grid are masked. Each step costs .04, the goal pays 1 and ends the episode, a pit
/// pays -1 and ends it. The optimal values are solved exactly by value iteration in the tests.
final class MaskedGridworld: VectorEnvironment {
    static let size = 4, start = 12, goal = 3, pit = 7
    static let walls: Set<Int> = [5, 9]
    static let stepReward: Float = -0.04

    let environments: Int
    let observationCount = 16, actionCount = 4
    let hasMasks = true
    private var cells: [Int]
    private var ages: [Int]
    let limit = 60

    init(environments: Int) {
        self.environments = environments
        cells = [Int](repeating: Self.start, count: environments)
        ages = [Int](repeating: 0, count: environments)
    }

    /// The cell that `action` (up, right, down, left) leads to; nil where a wall or the edge is.
    static func move(_ cell: Int, _ action: Int) -> Int? {
        let x = cell % size + [0, 1, 0, -1][action], y = cell / size + [-1, 0, 1, 0][action]
        guard x >= 0, x < size, y >= 0, y < size, !walls.contains(y * size + x) else { return nil }
        return y * size + x
    }

    static func mask(_ cell: Int) -> UInt32 { (0..<4).reduce(0) { $0 | (move(cell, $1) == nil ? 0 : 1 << UInt32($1)) } }

    func observe(into observations: MatrixView, masks: inout [UInt32], regimes: inout [UInt8]) {
        observations.fill(0)
        for n in 0..<environments {
            observations[n, cells[n]] = 1
            masks[n] = Self.mask(cells[n])
        }
    }

    func step(_ actions: [UInt8], rewards: inout [Float], endings: inout [StepEnding], terminal: MatrixView) {
        terminal.fill(0)
        for n in 0..<environments {
            guard let next = Self.move(cells[n], Int(actions[n])) else { preconditionFailure("a forbidden move was taken") }
            ages[n] += 1
            rewards[n] = next == Self.goal ? 1 : next == Self.pit ? -1 : Self.stepReward
            endings[n] = next == Self.goal || next == Self.pit ? .terminated : ages[n] == limit ? .truncated : .goesOn
            if endings[n] == .truncated { terminal[n, next] = 1 }
            cells[n] = endings[n] == .goesOn ? next : Self.start
            if endings[n] != .goesOn { ages[n] = 0 }
        }
    }

    func snapshot() -> [Int64] { cells.map(Int64.init) + ages.map(Int64.init) }
    func restore(_ snapshot: [Int64]) {
        cells = snapshot.prefix(environments).map(Int.init)
        ages = snapshot.dropFirst(environments).map(Int.init)
    }
}

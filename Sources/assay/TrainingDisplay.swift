import Foundation
import Synchronization
import Training

/// Progress of a training run on standard error: a line that redraws itself on a terminal, a plain line now and then elsewhere.
final class TrainingDisplay: Sendable {
    private struct State {
        var latest: [UInt64: TrainingProgress] = [:]
        var lastShown = ContinuousClock.now
        var isDrawn = false
    }

    private let seeds: [UInt64]
    private let isShown: Bool
    private let steps: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(seeds: [UInt64], isShown: Bool, steps: Int) {
        self.seeds = seeds
        self.isShown = isShown
        self.steps = steps
    }

    func show(_ progress: TrainingProgress) {
        guard isShown else { return }
        state.withLock { state in
            state.latest[progress.seed] = progress
            let now = ContinuousClock.now
            guard now - state.lastShown > (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
            state.lastShown = now
            let text = line(state.latest)
            if isTerminal {
                FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
                state.isDrawn = true
            } else {
                Console.error(text)
            }
        }
    }

    func close() {
        state.withLock { state in
            if state.isDrawn { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            state.isDrawn = false
        }
    }

    /// Bar, share done, steps a second, time left, sampled actions by regime, status.
    private func line(_ latest: [UInt64: TrainingProgress]) -> String {
        let done = latest.values.reduce(0) { $0 + $1.steps }, total = steps * seeds.count
        let share = min(1, Double(done) / Double(max(1, total)))
        let spent = ContinuousClock.now - start
        let seconds = Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds)
        let active = latest.values.filter { $0.steps < $0.totalSteps }
        let rate = (active.isEmpty ? Array(latest.values) : Array(active)).reduce(0) { $0 + $1.stepsPerSecond }
        let left = rate > 0 ? Double(max(0, total - done)) / rate : 0
        let filled = Int(share * 20)
        let mixes = latest.values.map(\.mix)
        let regimes = mixes.first.map { first in
            first.regimes.indices.map { g -> String in
                let shares = mixes.compactMap { $0.shares(g) }
                guard !shares.isEmpty else { return "\(first.regimes[g]) -" }
                let cells = first.actions.indices.map { a in String(Int((100 * shares.reduce(0) { $0 + $1[a] } / Double(shares.count)).rounded())) }
                return "\(first.regimes[g]) \(cells.joined(separator: "/"))"
            }.joined(separator: "  ")
        } ?? ""
        let worst = latest.values.map(\.status).max() ?? .ok
        let time = left >= 3_600 ? String(format: "%.1f h", left / 3_600) : left >= 90 ? String(format: "%.0f min", left / 60) : String(format: "%.0f s", left)
        let stages = Set(latest.values.compactMap(\.stage)).sorted().joined(separator: "+")
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 20 - filled))] \(Int(100 * share))%  \(Int(rate)) steps/s  \(time) left (\(Int(seconds)) s)  \(stages.isEmpty ? "" : "stage \(stages)  ")\(regimes)  \(worst.name)"
    }
}

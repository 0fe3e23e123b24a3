import Foundation
import NumericKernels
import Testing

/// Timings, printed when ASSAY_TIMINGS is set; nothing is asserted, since machines differ.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_TIMINGS"] != nil), .serialized)
struct SpeedTests {
    @Test func stationaryBootstrapOfThirtyTwoRatios() {
        let n = 26_100
        let labels = simulatedLabels(n, seed: 1)
        let columns = (0..<8).map { autoregression(n, phi: 0.1, seed: 2, index: UInt64($0)) }
        let table = RegimeTable(labels: labels, regimes: 4, columns: columns)
        for block in [100, 24.0, 6, 1] {
            for studentised in [false, true] {
                let plan = BootstrapPlan(meanBlock: block, seed: 7, threads: 2, studentised: studentised)
                report("bootstrap, mean block \(block), studentised \(studentised)") { _ = stationaryBootstrap(table, plan) }
            }
        }
        let draws = stationaryBootstrap(table, BootstrapPlan(meanBlock: 24, seed: 7, threads: 2))
        report("intervals of 32 quantities") { _ = bootstrapIntervals(draws, threads: 2) }
        report("simultaneous bands") { _ = simultaneousBands(draws, quantities: Array(0..<32)) }
        report("regime table") { _ = RegimeTable(labels: labels, regimes: 4, columns: columns) }
        report("block lengths of 32 influence functions") { _ = tableBlockLength(table, threads: 2) }
        report("autocovariances of one series, 250 lags") { _ = autocovariances(columns[0], last: 250) }
    }
}

/// Best of five: wall time, and processor time of all threads together (less disturbed by other work on the machine).
func report(_ name: String, _ work: () -> Void) {
    let clock = ContinuousClock()
    var wall = Duration.seconds(1e6), processor = 1e6
    for _ in 0..<5 {
        let before = processorSeconds()
        wall = min(wall, clock.measure(work))
        processor = min(processor, processorSeconds() - before)
    }
    print("timing: \(name): wall \(wall), processor \(processor) s")
}

private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

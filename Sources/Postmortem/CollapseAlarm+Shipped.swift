extension CollapseAlarm {
    // As `assay-bench alarm` prints them from `assay-bench collapse-runs` (200,704 steps each, real hourly BTC and the synthetic market): weights from the half of designs 1 to 540 whose number over 2,
    // rounded down, is even; thresholds raised on both halves; measured on the strong designs among 884 to 1,000 and 2,001 to 2,130, which were run after all of that stood, and on the option scalper's
    // designs 3,001 to 3,160. docs/postmortem.md.
    package static let mixAlone = CollapseAlarm(
        weights: [
            .hold: [4.514, 0.6303, 10.35, -9.047, 0.5057, -4.784, 3.776, 0, 0, 0],
            .side: [4.84, 5.756, 6.457, -3.973, 1.619, -7.12, 4.466, 0, 0, 0],
            .trading: [3.418, 4.843, 4.766, -2.954, -7.153, -3.462, 3.07, 0, 0, 0],
        ], thresholds: [.hold: 3.5, .side: 1, .trading: 3], readsX: false)
    package static let measuredMixAlone = Measured(
        collapsed: 114, sound: 114, medianLead: 0.4286, falseAlarms: 0.04386, found: 0.8947, foundBefore: 0.8596)
    package static let measuredOnOptions = Measured(
        collapsed: 69, sound: 75, medianLead: 0.1538, falseAlarms: 0.04, found: 0.7681, foundBefore: 0.6957)
}

extension CollapseAlarm {
    // As `assay-bench alarm` prints them from `assay-bench collapse-runs` (200,704 steps each, real hourly BTC and the synthetic market): weights from the half of designs 1 to 540 whose number over 2,
    // rounded down, is even; thresholds raised on both halves; measured on designs 601 to 816. docs/postmortem.md.
    package static let mixAlone = CollapseAlarm(
        weights: [
            .hold: [4.514, 0.6303, 10.35, -9.047, 0.5057, -4.784, 3.776, 0, 0, 0],
            .side: [4.84, 5.756, 6.457, -3.973, 1.619, -7.12, 4.466, 0, 0, 0],
            .trading: [3.418, 4.843, 4.766, -2.954, -7.153, -3.462, 3.07, 0, 0, 0],
        ], thresholds: [.hold: 3.5, .side: 1, .trading: 3], readsX: false)
    package static let measuredMixAlone = Measured(
        collapsed: 101, sound: 100, medianLead: 0.4, falseAlarms: 0.03, found: 0.901, foundBefore: 0.8713)
}

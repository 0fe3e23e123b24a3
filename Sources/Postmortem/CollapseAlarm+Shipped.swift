extension CollapseAlarm {
    // As `assay-bench alarm` prints them from `assay-bench collapse-runs` of designs 1 to 540 (200,704 steps each, real hourly BTC and the synthetic market): tuned on the designs whose number
    // over 2, rounded down, is even, measured on the others. docs/postmortem.md.
    package static let withX = CollapseAlarm(
        weights: [
            .hold: [-2.423, -0.4226, 7.13, -5.507, 1.327, -2.703, 3.333, 2.784, -0.1357, -0.6032],
            .side: [3.211, 4.01, 4.546, -2.533, 1.381, -6.182, 4.259, 1.378, 3.081, -1.01],
            .trading: [3.027, 4.046, 3.952, -2.28, -7.903, -3.449, 3.499, 0.8426, -0.429, -0.09626],
        ], thresholds: [.hold: 3, .side: 0.5, .trading: 2.5], readsX: true)
    package static let measuredWithX = Measured(
        collapsed: 55, sound: 202, medianLead: 0.5, falseAlarms: 0.0396, found: 0.8, foundBefore: 0.8)
    package static let mixAlone = CollapseAlarm(
        weights: [
            .hold: [4.514, 0.6303, 10.35, -9.047, 0.5057, -4.784, 3.776, 0, 0, 0],
            .side: [4.84, 5.756, 6.457, -3.973, 1.619, -7.12, 4.466, 0, 0, 0],
            .trading: [3.418, 4.843, 4.766, -2.954, -7.153, -3.462, 3.07, 0, 0, 0],
        ], thresholds: [.hold: 3, .side: 5.5, .trading: 1.5], readsX: false)
    package static let measuredMixAlone = Measured(
        collapsed: 55, sound: 202, medianLead: 0.5, falseAlarms: 0.04455, found: 0.9273, foundBefore: 0.9273)
}

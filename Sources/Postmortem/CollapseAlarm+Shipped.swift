extension CollapseAlarm {
    // BEGIN measured
    package static let withX = CollapseAlarm(weights: [:], threshold: 0, readsX: true)
    package static let mixAlone = CollapseAlarm(weights: [:], threshold: 0, readsX: false)
    package static let measuredWithX = Measured(collapsed: 0, sound: 0, medianLead: 0, falseAlarms: 0, found: 0, foundBefore: 0)
    package static let measuredMixAlone = measuredWithX
    // END measured
}

/// The gnuplot templates of this folder, compiled into the program, so that an installed `assay` needs no folder beside it.
///
/// The `.gp` files are the only copy: SwiftPM embeds their bytes at build time (`.embedInCode` in Package.swift).
package enum PlotTemplates {
    package static let values = String(decoding: PackageResources.ev_values_gp, as: UTF8.self)
    package static let hitRate = String(decoding: PackageResources.ev_hit_rate_gp, as: UTF8.self)
    package static let terms = String(decoding: PackageResources.ev_terms_gp, as: UTF8.self)
    package static let regimes = String(decoding: PackageResources.ev_regimes_gp, as: UTF8.self)
    package static let curriculumTimeline = String(decoding: PackageResources.curriculum_timeline_gp, as: UTF8.self)
    package static let shareBars = String(decoding: PackageResources.share_bars_gp, as: UTF8.self)
    package static let teacherDay = String(decoding: PackageResources.teacher_day_gp, as: UTF8.self)
    package static let farmStory = String(decoding: PackageResources.farm_story_gp, as: UTF8.self)
    package static let compare = String(decoding: PackageResources.ev_compare_gp, as: UTF8.self)
    package static let collapseMap = String(decoding: PackageResources.collapse_map_gp, as: UTF8.self)
    package static let forecastActual = String(decoding: PackageResources.forecast_actual_gp, as: UTF8.self)
    package static let forecastMix = String(decoding: PackageResources.forecast_mix_gp, as: UTF8.self)
    package static let postmortemOnset = String(decoding: PackageResources.postmortem_onset_gp, as: UTF8.self)
    package static let postmortemRemedies = String(decoding: PackageResources.postmortem_remedies_gp, as: UTF8.self)
    package static let runMix = String(decoding: PackageResources.run_mix_gp, as: UTF8.self)
    package static let runLearning = String(decoding: PackageResources.run_learning_gp, as: UTF8.self)
    package static let runPay = String(decoding: PackageResources.run_pay_gp, as: UTF8.self)
    package static let runsCompare = String(decoding: PackageResources.runs_compare_gp, as: UTF8.self)
    package static let runEquity = String(decoding: PackageResources.run_equity_gp, as: UTF8.self)
    package static let sweepHold = String(decoding: PackageResources.sweep_hold_gp, as: UTF8.self)
}

import Foundation

/// The package's root folder.
public let packageRoot: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
}()

/// Path of a file under `../shared/data`, or nil where that folder is absent (then the test says so and returns).
public func sharedData(_ relative: String) -> String? {
    let path = packageRoot + "/../shared/data/" + relative
    if FileManager.default.fileExists(atPath: path) { return path }
    print("skipped: no \(relative) in ../shared/data")
    return nil
}

/// Path of a parity fixture under `Tests/Parity`.
public func fixture(_ relative: String) -> String { packageRoot + "/Tests/Parity/" + relative }

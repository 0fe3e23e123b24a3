internal import Foundation

/// gnuplot's SVG made fit to stand inside an HTML page beside others: no XML prolog, no namespaces (HTML needs none, and their names look like
/// addresses), ids made unique with `prefix`, its size left to the page, a label for screen readers.
///
/// Text in gnuplot's SVG is already escaped; a drawing that holds a script or an event attribute is refused (an empty string is returned).
package func inlineSVG(_ svg: String, prefix: String, label: String) -> String {
    guard let start = svg.range(of: "<svg"), let headEnd = svg[start.upperBound...].firstIndex(of: ">") else { return "" }
    let head = svg[start.lowerBound...headEnd]
    guard let boxStart = head.range(of: "viewBox=\""), let boxEnd = head[boxStart.upperBound...].firstIndex(of: "\"") else { return "" }
    let box = head[boxStart.upperBound..<boxEnd]
    var body = String(svg[svg.index(after: headEnd)...])
    if body.localizedCaseInsensitiveContains("<script") || body.contains("javascript:") && body.contains("<a ") { return "" }
    for (old, new) in [
        ("<title>Gnuplot</title>", ""), ("xlink:href", "href"), ("id=\"", "id=\"\(prefix)-"), ("id='", "id='\(prefix)-"),
        ("url(#", "url(#\(prefix)-"), ("href='#", "href='#\(prefix)-"), ("href=\"#", "href=\"#\(prefix)-"), ("\n\n", "\n"), ("\t", ""),
    ] {
        body = body.replacingOccurrences(of: old, with: new)
    }
    if let from = body.range(of: "<desc>"), let to = body.range(of: "</desc>") { body.removeSubrange(from.lowerBound..<to.upperBound) }
    return "<svg viewBox=\"\(box)\" role=\"img\" aria-label=\"\(htmlEscaped(label))\">\(body)"
}

/// `text` for an HTML attribute or element.
package func htmlEscaped(_ text: String) -> String {
    var out = ""
    for character in shown(text) {
        switch character {
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "&": out += "&amp;"
        case "\"": out += "&quot;"
        case "'": out += "&#39;"
        default: out.append(character)
        }
    }
    return out
}

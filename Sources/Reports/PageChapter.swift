internal import ComponentKit
internal import Mustache

/// A further part of a report page: text, figures and tables in order, under a heading of its own.
package struct PageChapter: Sendable {
    package enum Part: Sendable {
        case heading(String)
        case text(String)
        case figure(Figure)
        case table(TextTable)
    }

    /// Name of the link to it; letters, digits and '-'.
    package var anchor: String
    /// The link's word, and the heading.
    package var link: String
    package var title: String
    package var parts: [Part]

    package init(anchor: String, link: String, title: String, parts: [Part]) {
        self.anchor = anchor
        self.link = link
        self.title = title
        self.parts = parts
    }

    package var figures: [Figure] { parts.compactMap { if case .figure(let figure) = $0 { figure } else { nil } } }

    /// As Mustache reads it. Text is escaped there.
    func context(_ drawings: [String: String]) -> [String: Any] {
        let listed: [[String: Any]] = parts.map { part in
            switch part {
            case .heading(let text): ["heading": shown(text)]
            case .text(let text): ["text": shown(text)]
            case .figure(let figure): ["figure": drawnFigure(figure, drawings)]
            case .table(let table): ["table": htmlTable(table)]
            }
        }
        return ["anchor": anchor, "link": shown(link), "title": shown(title), "parts": listed]
    }
}

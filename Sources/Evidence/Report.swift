/// A self-contained HTML report: facts, charts, a table and notes. It loads nothing from elsewhere.
public struct Report: Sendable {
    /// One line of figures at the top of a report.
    public struct Fact: Sendable {
        /// What the figure is.
        public var label: String
        /// The figure with its unit.
        public var value: String

        package init(_ label: String, _ value: String) {
            self.label = label
            self.value = value
        }
    }

    /// The full name, for people to read.
    public var title: String
    /// What stands below the title.
    public var subtitle: String
    /// The figures at the top.
    public var facts: [Fact] = []
    /// The plots, in order.
    public var charts: [Chart] = []
    /// The heads of the table's columns; empty for no table.
    public var tableHeader: [String] = []
    /// The rows of the table.
    public var tableRows: [[String]] = []
    /// What a reader should know.
    public var notes: [String] = []

    package init(title: String, subtitle: String) {
        self.title = title
        self.subtitle = subtitle
    }

    /// The report as a page of its own, without outside files.
    public var html: String {
        let cards = facts.map { "<div><dt>\(Self.escaped($0.label))</dt><dd>\(Self.escaped($0.value))</dd></div>" }
        let figures = charts.map { chart in
            """
            <figure><figcaption><b>\(Self.escaped(chart.title))</b> \
            <small>\(Self.escaped(chart.unit))</small>\(chart.legend)</figcaption>
            \(chart.svg)
            </figure>
            """
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, \
            initial-scale=1">
            <title>\(Self.escaped(title))</title>
            <style>\(Self.style)</style></head><body><main>
            <h1>\(Self.escaped(title))</h1><p class="subtitle">\(Self.escaped(subtitle))</p>
            <dl>\(cards.joined(separator: "\n"))</dl>
            \(figures.joined(separator: "\n"))
            \(table)
            \(notes.isEmpty ? "" : "<h2>Notes</h2><ul>" + notes.map { "<li>\(Self.escaped($0))</li>" }.joined() + "</ul>")
            </main></body></html>

            """
    }

    private var table: String {
        guard !tableRows.isEmpty else { return "" }
        let head = tableHeader.map { "<th>\(Self.escaped($0))</th>" }.joined()
        let rows = tableRows.map { "<tr>" + $0.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>" }
        return
            "<h2>Chargers</h2><table><thead><tr>\(head)</tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#d0d7de;--soft:#656d76}
        @media(prefers-color-scheme:dark){:root{--line:#30363d;--soft:#8d96a0}}
        body{font:15px/1.5 system-ui,sans-serif;margin:0}main{max-width:1000px;margin:auto;padding:24px}
        h1{margin:0;font-size:26px}h2{font-size:18px;margin:28px 0 8px}.subtitle{color:var(--soft);margin:4px 0 20px}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:10px;margin:0}
        dl div{border:1px solid var(--line);border-radius:8px;padding:8px 12px}dt{color:var(--soft);font-size:13px}\
        dd{margin:0;font-size:18px;font-variant-numeric:tabular-nums}
        figure{margin:22px 0 0}figcaption span{margin-left:14px;font-size:13px;white-space:nowrap}figcaption \
        small{color:var(--soft)}
        figcaption i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px}
        svg{width:100%;height:auto}.grid{stroke:var(--line);stroke-width:1}.mark{stroke:var(--soft);\
        stroke-dasharray:4 3}.tick{fill:var(--soft);font-size:12px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:right;\
        padding:4px 8px;border-bottom:1px solid var(--line)}
        th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:500}
        """

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

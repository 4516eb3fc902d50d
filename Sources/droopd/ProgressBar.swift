import Foundation

/// A line of progress on a terminal; silent elsewhere.
struct ProgressBar {
    private let total: Int
    private let what: String
    private let isShown = isatty(2) == 1
    private var count = 0
    private var percent = -1

    init(total: Int, what: String) {
        self.total = total
        self.what = what
    }

    mutating func advance() {
        count += 1
        let now = count * 100 / max(1, total)
        guard isShown, now != percent else { return }
        percent = now
        try? FileHandle.standardError.write(contentsOf: Data("\r\(now) % of \(total) \(what)".utf8))
    }

    func finish() {
        if isShown { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    }
}

import Foundation

/// A line of progress with the time left on a terminal; silent elsewhere.
struct ProgressBar {
    private let total: Int
    private let what: String
    private let isShown = isatty(2) == 1
    private var count = 0
    private var percent = -1
    private let begun = ContinuousClock.now

    init(total: Int, what: String) {
        self.total = total
        self.what = what
    }

    mutating func advance() {
        count += 1
        let now = count * 100 / max(1, total)
        guard isShown, now != percent else { return }
        percent = now
        let elapsed = (ContinuousClock.now - begun) / .seconds(1)
        let left = elapsed / Double(count) * Double(total - count)
        // An early guess is none.
        let time = elapsed > 2 ? ", \(Int(left.rounded(.up))) s left" : ""
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(now) % of \(total) \(what)\(time)".utf8))
    }

    func finish() {
        if isShown { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    }
}

import Foundation

/// A text file written line by line through a buffer.
final class LineSink {
    private let path: String
    private let handle: FileHandle
    private var buffer = Data()
    private(set) var hasFailed = false

    init(path: String) throws {
        self.path = path
        if path == "-" {
            handle = .standardOutput
            return
        }
        handle = try openForWriting(path)
    }

    func write(_ line: String) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(0x0A)
        if buffer.count > 1 << 20 { flush() }
    }

    private func flush() {
        guard !hasFailed else { return }
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            hasFailed = true
        }
        buffer.removeAll(keepingCapacity: true)
    }

    func close() throws {
        flush()
        guard !hasFailed else {
            throw fail("\(path): writing failed, so the file is not complete.", SystemExit.cannotCreate)
        }
        if path != "-" { try? handle.close() }
    }
}

/// A line of progress on a terminal; silent elsewhere.
struct Progress {
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

import Foundation

/// A text file written line by line through a buffer.
final class TextFileWriter {
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

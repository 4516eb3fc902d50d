import Foundation

/// Refuses a path that can't be written, and leaves what is there as it is.
func refuseUnwritable(_ path: String) throws {
    let files = FileManager.default
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    func isFolder(_ path: String) -> Bool {
        (try? files.attributesOfItem(atPath: path)[.type]) as? FileAttributeType == .typeDirectory
    }
    guard isFolder(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path) else {
        throw fail("\(path): there is no folder \(folder); make it, or name another.", SystemExit.cannotCreate)
    }
    if files.fileExists(atPath: path) {
        guard !isFolder(path) else {
            throw fail("\(path): this is a folder; name a file.", SystemExit.cannotCreate)
        }
        guard files.isWritableFile(atPath: path) else {
            throw fail("\(path): this file can't be written.", SystemExit.cannotCreate)
        }
    } else if !files.isWritableFile(atPath: folder) {
        throw fail("\(path): the folder \(folder) can't be written.", SystemExit.cannotCreate)
    }
}

/// A path that no file has: this one, or the same with the first free number, such as report-2.html. A device or a pipe
/// is always free.
func freePath(_ path: String) -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else { return path }
    let url = URL(fileURLWithPath: path)
    let stem = (path as NSString).deletingPathExtension
    var candidate = path
    var number = 2
    while FileManager.default.fileExists(atPath: candidate) {
        candidate = url.pathExtension.isEmpty ? "\(path)-\(number)" : "\(stem)-\(number).\(url.pathExtension)"
        number += 1
    }
    return candidate
}

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

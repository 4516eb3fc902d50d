internal import CZlib
import Glibc

/// Gets the bytes of a recording: a text file, one packed by gzip, or the one member of a zip archive.
enum RecordingFile {
    static let sizeMaximum = 1_000_000_000

    static func bytes(at path: String) throws(RecordingError) -> [UInt8] {
        let content = try path == "-" ? readInput() : read(path)
        if content.starts(with: [0x1F, 0x8B]) { return try unpacked(content, path: path) }
        guard content.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { return content }
        return try onlyMember(of: content, path: path)
    }

    private static func read(_ path: String) throws(RecordingError) -> [UInt8] {
        func unreadable(_ why: String) -> RecordingError {
            RecordingError(file: path, statement: "the recording can't be read: \(why)", isMissing: true)
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(unsafe String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(unsafe String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("it is not a regular file") }
        guard status.st_size <= sizeMaximum else { throw unreadable("it has more than \(sizeMaximum) bytes") }
        var content = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < content.count {
            let count = unsafe content.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw unreadable("it ended after \(filled) bytes") }
            filled += count
        }
        return content
    }

    /// All of standard input.
    private static func readInput() throws(RecordingError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(0, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let why = unsafe String(cString: strerror(errno))
                throw RecordingError(
                    file: "standard input", statement: "the recording can't be read: \(why)", isMissing: true)
            }
            guard count > 0 else { break }
            content += chunk[..<count]
            guard content.count <= sizeMaximum else {
                throw RecordingError(
                    file: "standard input", statement: "the recording has more than \(sizeMaximum) bytes",
                    isMissing: true)
            }
        }
        return content
    }

    /// The text of a gzip file (RFC 1952).
    private static func unpacked(_ archive: [UInt8], path: String) throws(RecordingError) -> [UInt8] {
        var content: [UInt8]?
        let result = unsafe archive.withUnsafeBufferPointer { source in
            var target: UnsafeMutablePointer<UInt8>?
            var count = 0
            let result = unsafe czlib_gunzip(
                source.baseAddress!, archive.count, sizeMaximum, &target, &count)
            if result == 0 { content = unsafe Array(UnsafeBufferPointer(start: target, count: count)) }
            unsafe free(target)
            return result
        }
        guard result == 0, let content else {
            throw RecordingError(
                file: path,
                statement: result == 1
                    ? "the gzip file unpacks to more than \(sizeMaximum) bytes" : "the gzip file is damaged")
        }
        return content
    }

    /// Reads the central directory, whose sizes are right where those of the local header may be missing.
    private static func onlyMember(of archive: [UInt8], path: String) throws(RecordingError) -> [UInt8] {
        func broken(_ why: String) -> RecordingError { RecordingError(file: path, statement: "the zip archive \(why)") }
        func number(_ at: Int, _ count: Int) throws(RecordingError) -> Int {
            guard at >= 0, at + count <= archive.count else { throw broken("is cut off") }
            return (0..<count).reduce(0) { $0 | Int(archive[at + $1]) << (8 * $1) }
        }
        let end = stride(from: archive.count - 22, through: max(0, archive.count - 66_000), by: -1)
            .first { archive[$0] == 0x50 && archive[$0 + 1] == 0x4B && archive[$0 + 2] == 5 && archive[$0 + 3] == 6 }
        guard let end else { throw broken("has no directory") }
        let members = try number(end + 10, 2)
        guard members == 1 else { throw broken("has \(members) members; unpack it and name one of them") }
        let entry = try number(end + 16, 4)
        guard try number(entry, 4) == 0x0201_4B50 else { throw broken("has a broken directory") }
        guard try number(entry + 8, 2) & 1 == 0 else { throw broken("is encrypted") }
        let method = try number(entry + 10, 2)
        let packed = try number(entry + 20, 4)
        let unpacked = try number(entry + 24, 4)
        let header = try number(entry + 42, 4)
        guard unpacked <= sizeMaximum else { throw broken("unpacks to more than \(sizeMaximum) bytes") }
        let start = try header + 30 + number(header + 26, 2) + number(header + 28, 2)
        guard start >= 0, start + packed <= archive.count else { throw broken("is cut off") }
        switch method {
        case 0: return Array(archive[start..<start + packed])
        case 8:
            var content = [UInt8](repeating: 0, count: unpacked)
            let result = unsafe archive.withUnsafeBufferPointer { source in
                unsafe content.withUnsafeMutableBufferPointer { target in
                    unsafe czlib_inflate(source.baseAddress! + start, packed, target.baseAddress, unpacked)
                }
            }
            guard result == 0 else { throw broken("is damaged") }
            return content
        default: throw broken("uses packing method \(method); only 0 and 8 are known")
        }
    }
}

import Glibc

/// Small files that are on the disk once they are written.
enum DurableFile {
    /// Writes a file whole and brings it to the disk; returns the reason when that fails. What root writes belongs to
    /// whom the directory does, so that the daemon can read it.
    static func write(_ text: String, to path: String, owner directory: String) -> String? {
        // Whoever owns the directory must not lead a write of root to another file.
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o640)
        guard file >= 0 else { return reason(errno) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return reason(errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else { return "it is no file of its own" }
        let bytes = Array(text.utf8)
        let written = unsafe Glibc.write(file, bytes, bytes.count)
        guard written == bytes.count else { return reason(written < 0 ? errno : ENOSPC) }
        // Cut after it was written over, so that a full disk can't take the room that the file has.
        guard ftruncate(file, off_t(bytes.count)) == 0, fsync(file) == 0 else { return reason(errno) }
        give(file, toOwnerOf: directory)
        return nil
    }

    /// A file that root makes belongs to whom its directory does.
    static func give(_ file: Int32, toOwnerOf directory: String) {
        var folder = stat()
        guard geteuid() == 0, unsafe stat(directory, &folder) == 0 else { return }
        _ = fchown(file, folder.st_uid, folder.st_gid)
    }

    /// Brings the names of a directory to the disk.
    static func settle(_ directory: String) {
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }
}

import Foundation

/// Where tests find files.
public enum TestData {
    /// The top folder of the project.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The folder of the device profiles.
    public static let profiles = root + "/Hardware/Profiles"
    /// The folder of the example sites.
    public static let sites = root + "/Hardware/Sites"

    /// Recordings and reference outputs that other people made; they are read in place and are no part of the project.
    public static let outside = ProcessInfo.processInfo.environment["DROOPD_TEST_DATA"] ?? root + "/../shared/data"

    /// Whether recordings and other data from outside the project are there.
    public static var hasOutside: Bool { FileManager.default.fileExists(atPath: outside + "/recordings") }

    /// Why a test that needs them is skipped.
    public static let outsideMissing = "the outside test data is not there; name its folder in DROOPD_TEST_DATA"

    /// The path of a recording from outside the project.
    public static func recording(_ path: String) -> String { outside + "/recordings/" + path }

    /// A new folder for one test. The test deletes it.
    public static func temporaryFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("droopd-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

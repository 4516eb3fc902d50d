import ArgumentParser
import Foundation
import SiteConfiguration

/// Where the device profiles are.
struct ProfileOptions: ParsableArguments {
    @Option(help: "The folder with device profiles; else that of the installation.")
    var profiles: String?

    /// The folder asked for, the installed one beside the executable, or the copy that the build put next to it.
    func library() throws -> ProfileLibrary {
        do {
            return try ProfileLibrary(directory: profiles ?? Self.found)
        } catch {
            throw fail(error)
        }
    }

    private static var found: String {
        let executable = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
            .resolvingSymlinksInPath().deletingLastPathComponent()
        let places = [
            executable.appendingPathComponent("../share/droopd/profiles").standardized.path,
            executable.appendingPathComponent("droopd_droopd.resources/Profiles").path,
        ]
        return places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    }
}

/// A site file with the profiles that it names.
struct SiteOptions: ParsableArguments {
    @Option(help: "The site file.")
    var config: String

    @OptionGroup var profileOptions: ProfileOptions

    func site() throws -> Site { try Self.site(config, profileOptions) }

    static func site(_ config: String, _ profileOptions: ProfileOptions) throws -> Site {
        let library = try profileOptions.library()
        do {
            return try SiteReader.read(path: config, library: library)
        } catch {
            throw fail(error)
        }
    }
}

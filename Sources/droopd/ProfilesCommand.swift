import ArgumentParser
import Devices
import Foundation
import SiteConfiguration

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "Lists the device profiles, or shows one's data sheet.")

    @Argument(help: "The profile to show: its name, or a file of your own.")
    var name: String?

    @OptionGroup var options: ProfileOptions

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        let library = try options.library()
        guard let name else {
            try json ? printJSON(library.profiles) : list(library)
            return
        }
        guard let profile = try library.profile(name) else {
            throw fail(
                "there is no profile \(name); there are \(library.profiles.map(\.name).joined(separator: ", ")).",
                ExitCode(64))
        }
        if json {
            try printJSON([profile])
            return
        }
        print(ProfileSheet.text(profile))
    }

    private func list(_ library: ProfileLibrary) {
        for profile in library.profiles {
            print(
                profile.name + String(repeating: " ", count: max(1, 24 - profile.name.count))
                    + "\(profile.kind)  \(profile.title)")
        }
        print("\nfrom \(library.directory); `droopd profiles NAME` shows one.")
    }

    private struct Entry: Encodable {
        var name: String
        var kind: String
        var title: String
        var verified_on_hardware: String?
    }

    private func printJSON(_ profiles: [Profile]) throws {
        let entries = profiles.map {
            Entry(name: $0.name, kind: $0.kind, title: $0.title, verified_on_hardware: $0.provenance.verifiedBy)
        }
        print(try jsonText(entries))
    }
}

extension Profile {
    var kind: String {
        switch self {
        case .meter: "meter"
        case .charger: "charger"
        }
    }

    var provenance: Provenance {
        switch self {
        case .meter(let profile): profile.provenance
        case .charger(let profile): profile.provenance
        }
    }
}

import Foundation

/// The device profiles of a folder, `meters/*.yaml` and `chargers/*.yaml`.
public struct ProfileLibrary: Sendable {
    /// The folder of the profiles.
    public let directory: String
    /// In the order of their names.
    public let profiles: [Profile]

    /// Reads every profile of a folder; a broken one is a mistake, even if nobody uses it.
    public init(directory: String) throws(Problems) {
        self.directory = directory
        var profiles: [Profile] = []
        var found: [Problem] = []
        for folder in ["meters", "chargers"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []
            for name in names.sorted() where name.hasSuffix(".yaml") {
                let path = "\(directory)/\(folder)/\(name)"
                do {
                    let profile = try ProfileReader.read(path: path)
                    if profile.name + ".yaml" != name {
                        found.append(
                            Problem(
                                file: path, line: 1, column: 1, subject: "profile",
                                statement: "the name \(profile.name) differs from the file's"))
                    }
                    profiles.append(profile)
                } catch {
                    found += error.all
                }
            }
        }
        if profiles.isEmpty && found.isEmpty {
            found.append(
                Problem(
                    file: directory, line: 0, column: 0, subject: "",
                    statement: "there are no device profiles in this folder; name it with --profiles"))
        }
        guard found.isEmpty else { throw Problems(found) }
        self.profiles = profiles.sorted { $0.name < $1.name }
    }

    func paths(of names: [String], in folder: String) -> [String] {
        Set(names).sorted().filter { self[$0] != nil }.map { "\(directory)/\(folder)/\($0).yaml" }
    }

    /// The profile of a name.
    public subscript(name: String) -> Profile? { profiles.first { $0.name == name } }
}

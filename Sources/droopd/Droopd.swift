import ArgumentParser
import SiteConfiguration

@main
struct Droopd: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "droopd",
        abstract: "Grid frequency response with bidirectional EV chargers.",
        discussion: """
            Reads grid frequency from a Modbus meter, computes droop setpoints, and drives chargers by Modbus \
            registers. \
            Start with `droopd demo`; then write a site file, `droopd check` it, and `droopd run` it.
            """,
        version: "droopd \(version)",
        subcommands: [
            DemoCommand.self, RunCommand.self, CheckCommand.self, ReplayCommand.self, KeysCommand.self,
            ServicesCommand.self,
            ProfilesCommand.self, ProbeCommand.self, SimulateCommand.self, CommissionCommand.self,
            ArmCommand.self, DisarmCommand.self, LockCommand.self, UnlockCommand.self,
            MeterCommand.self,
        ])

    static func main() {
        refuseUnknownCommand(CommandLine.arguments.dropFirst().first)
        main(nil)
    }

    private static func refuseUnknownCommand(_ word: String?) {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard let word, !word.hasPrefix("-"), !names.contains(word) else { return }
        let near = Spelling.nearest(to: word, among: names).map { "; did you mean \($0)?" }
        complain("There is no command \(word)\(near ?? "; there are \(names.joined(separator: ", ")).")")
        exit(withError: ExitCode(64))
    }
}

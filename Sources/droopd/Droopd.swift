import ArgumentParser

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
        ])
}

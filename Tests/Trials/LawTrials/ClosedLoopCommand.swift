import ArgumentParser
import FrequencyResponse
import SiteConfiguration

/// Fleets of growing size on small grids: with the size of the grid known none swings, and none makes the fall deeper.
struct ClosedLoopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "closed-loop",
        abstract: "The law on grids that it can move: largest deviation and swing, with and without remedies.")

    @Option(help: "The folder of the device profiles.")
    var profiles = "Hardware/Profiles"

    @Option(help: "What keeps the fleet from making the grid swing: none, size or detector.")
    var remedy = ClosedLoop.Remedy.size

    @Option(help: "Only the services whose keys contain this text.")
    var service = ""

    @Option(help: "Losses of generation as parts of the grid's power; negative for a loss of load.")
    var losses: [Double] = [0.05, 0.1, -0.08]

    @Flag(help: "Prints every cell.")
    var table = false

    static let services =
        [
            "gb-dynamic-containment", "gb-dynamic-moderation", "gb-dynamic-regulation", "ce-fcr", "nordic-fcr-n",
            "nordic-fcr-d-up", "nordic-fcr-d-up-static", "aemo-fast", "aemo-primary-response", "lfsm-u",
        ].map { "kind: \($0)" } + [
            "kind: droop, deadband: 36 mHz, droop: 5 %, response_time: 0 s",
            "kind: droop, deadband: 36 mHz, droop: 5 %, response_time: 5 s",
            "kind: droop, deadband: 36 mHz, droop: 2 %, response_time: 0 s",
            "kind: nordic-ffr, trigger: 49.7 Hz",
            "kind: step, trigger: 49.85 Hz, hold: 30 s, release: { above: 49.9 Hz, for: 60 s }",
        ]
    static let deadTimes = [0.2, 0.5, 1, 2, 4, 8]
    static let shares = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2]

    func run() throws {
        let library = try ProfileLibrary(directory: profiles)
        var tally = Tally()
        for grid in TrialGrid.all {
            for loss in losses {
                let alone = ClosedLoop.withoutFleet(grid, loss: loss)
                print(
                    """
                    \(grid.name), loss \(Formatting.percent(loss)): without fleet deviation \
                    \(Formatting.fixed(alone.depth.value, 3)) Hz, swing \(Formatting.fixed(alone.swing.value, 3)) Hz
                    """)
                for cell in cells(grid, loss: loss) {
                    let result = try ClosedLoop.run(cell, library: library)
                    let isBad = tally.note(result, alone: alone)
                    if table || remedy == .size && isBad { print("  \(cell.description): \(result.description)") }
                }
            }
        }
        print("\(tally.count) cells, remedy \(remedy): \(tally.description)")
        guard remedy != .size || tally.swinging == 0 && tally.deeper == 0 else { throw ExitCode.failure }
    }

    private func cells(_ grid: TrialGrid, loss: Double) -> [ClosedLoop.Cell] {
        Self.services.filter { service.isEmpty || $0.contains(service) }.flatMap { service in
            Self.deadTimes.flatMap { dead in
                Self.shares.map {
                    ClosedLoop.Cell(grid: grid, service: service, dead: dead, share: $0, remedy: remedy, loss: loss)
                }
            }
        }
    }

    /// How many cells swing, or are worse than no fleet.
    private struct Tally {
        var count = 0
        var swinging = 0
        var deeper = 0
        var worstSwing = Hertz.zero
        var deepest = Hertz.zero
        var trials = 0

        /// Whether the cell swings, or deviates further than the grid without fleet.
        mutating func note(_ result: ClosedLoop.Result, alone: ClosedLoop.Result) -> Bool {
            let depth = result.depth - alone.depth
            let swings = result.swing > max(Hertz(0.15), alone.swing + Hertz(0.02))
            let isDeeper = depth > Hertz(0.05)
            count += 1
            swinging += swings ? 1 : 0
            deeper += isDeeper ? 1 : 0
            trials += result.trials
            worstSwing = max(worstSwing, result.swing)
            deepest = max(deepest, depth)
            return swings || isDeeper
        }

        var description: String {
            """
            \(swinging) swing by more than 0.15 Hz, \(deeper) deviate more than 0.05 Hz further than without fleet; \
            worst swing \(Formatting.fixed(worstSwing.value, 3)) Hz, furthest by \
            \(Formatting.fixed(deepest.value, 3)) Hz, \(trials) trials of the detector
            """
        }
    }
}

extension ClosedLoop.Remedy: ExpressibleByArgument {}

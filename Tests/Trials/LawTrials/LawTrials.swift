import ArgumentParser

/// Long trials of the control law, for the release build: what takes minutes in a test takes seconds here.
@main
struct LawTrials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "LawTrials",
        abstract: "Trials of the control law on seeded random sites, and on a month of real sessions.",
        subcommands: [
            InvariantsCommand.self, MonthCommand.self, SwingsCommand.self, ClosedLoopCommand.self,
            DetectorCommand.self, EnergyCommand.self, GridCodeCommand.self, RestartCommand.self,
        ])
}

struct InvariantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invariants",
        abstract: "Random sites, fleets, faults and frequency paths; every invariant after every tick.")

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds.")
    var seeds: UInt64 = 1

    @Option(help: "Ticks per seed.")
    var ticks = 2_000

    @Flag(help: "Prints all that is known of the tick that fails.")
    var verbose = false

    func run() throws {
        var total = Tally()
        for number in seed..<(seed + seeds) {
            var trial = InvariantTrial(seed: number)
            let broken = trial.run(ticks: ticks)
            total.add(trial.tally)
            guard let broken else { continue }
            print("seed \(number): \(broken)")
            if verbose { print(trial.description) }
            print("repeat it: .build/release/LawTrials invariants --seed \(number) --ticks \(ticks)")
            throw ExitCode.failure
        }
        print("\(total.ticks) ticks on \(seeds) sites: every invariant held")
        print(
            """
              trusted \(total.trusted), untrusted \(total.untrusted), responding \(total.responding), short \
            \(total.short), limited by the connection \(total.atConnection), by a phase \(total.atPhase)
            """
        )
        print("  reversals \(total.reversals) of chargers, \(total.targetReversals) of targets")
        print("  digest \(String(total.digest, radix: 16))")
        // Trials that reach nothing prove nothing.
        guard seeds < 100 || total.reachesAll else {
            print("some of these were never reached: the trials prove too little")
            throw ExitCode.failure
        }
    }
}

/// What the trials have reached.
struct Tally {
    var ticks = 0
    var trusted = 0
    var untrusted = 0
    var responding = 0
    var short = 0
    var atConnection = 0
    var atPhase = 0
    var reversals = 0
    /// FNV-1a over the bits of every tick's setpoints and sums. A restructuring of the law leaves it as it is.
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    var targetReversals = 0

    mutating func note(_ bits: UInt64) { digest = (digest ^ bits) &* 0x0000_0100_0000_01B3 }

    mutating func add(_ other: Tally) {
        ticks += other.ticks
        trusted += other.trusted
        untrusted += other.untrusted
        responding += other.responding
        short += other.short
        atConnection += other.atConnection
        atPhase += other.atPhase
        reversals += other.reversals
        note(other.digest)
        targetReversals += other.targetReversals
    }

    var reachesAll: Bool {
        [trusted, untrusted, responding, short, atConnection, atPhase, reversals, targetReversals].allSatisfy { $0 > 0 }
    }
}

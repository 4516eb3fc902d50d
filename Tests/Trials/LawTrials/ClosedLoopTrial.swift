import FrequencyResponse
import Simulation
import SiteConfiguration

/// A grid that the site can move, with its name.
struct TrialGrid {
    var name: String
    var machine: GridMachine

    private static let power = Watts(300_000)

    private static func grid(
        _ name: String, inertia: Int64, damping: Double = 1, droop: Double? = 0.05, valve: Int64 = 300,
        turbine: Int64 = 3_000
    ) -> TrialGrid {
        TrialGrid(
            name: name,
            machine: GridMachine(
                size: GridSize(power: power, inertia: .seconds(inertia)), damping: damping, droop: droop,
                valve: .milliseconds(valve), turbine: .milliseconds(turbine)))
    }

    /// The island on which the detector's figures were chosen, then four others.
    static let all = [
        grid("reference", inertia: 3), grid("H 2, fast governor", inertia: 2, valve: 100, turbine: 500),
        grid("H 5, slow governor", inertia: 5, valve: 500, turbine: 5_000),
        grid("H 4, droop 8 %", inertia: 4, droop: 0.08),
        grid("H 6, no governor", inertia: 6, droop: nil),
    ]
}

/// One site on one grid that it can move.
struct ClosedLoop {
    /// What keeps the fleet from making the grid swing.
    enum Remedy: String, CaseIterable { case none, size, detector }

    struct Cell {
        var grid: TrialGrid
        var service: String
        var dead: Double
        /// The capacity as a part of the grid's power.
        var share: Double
        var remedy: Remedy
        /// The loss of generation as a part of the grid's power.
        var loss: Double

        /// The section of the site file.
        var section: String {
            let size = grid.machine.size
            return switch remedy {
            case .none: "swing_detector: off"
            case .size: "size: \(size.power.value) W, inertia: \(size.inertia.seconds) s, swing_detector: off"
            case .detector: "swing_detector: act"
            }
        }

        var description: String {
            "\(grid.name), \(service), dead time \(dead) s, share \(share * 100) %, loss \(loss * 100) %, \(remedy)"
        }
    }

    /// What a run showed.
    struct Result {
        /// The largest deviation, without its sign.
        var depth = Hertz.zero
        /// From peak to peak in the last quarter of the run.
        var swing = Hertz.zero
        /// How often power rose from none to more than half of the capacity.
        var starts = 0
        var trials = 0

        var description: String {
            """
            deviation \(Formatting.fixed(depth.value, 3)) Hz, swing \(Formatting.fixed(swing.value, 3)) Hz, \(starts) \
            starts, \(trials) trials
            """
        }
    }

    static let length = 160.0
    private static let eventAt = 10.0

    /// The grid alone.
    static func withoutFleet(_ grid: TrialGrid, loss: Double) -> Result {
        var model = GovernedGrid(grid.machine)
        var watch = Watch()
        for step in 0..<Int(length * 100) {
            let time = Double(step) / 100
            model.advance(
                to: .milliseconds(Int64(step) * 10), surplus: time >= eventAt ? grid.machine.size.power * -loss : .zero)
            watch.note(model.frequency, at: time)
        }
        return watch.result
    }

    static func run(_ cell: Cell, library: ProfileLibrary) throws -> Result {
        let size = cell.grid.machine.size
        var site = try LoopSite(
            service: cell.service, capacity: size.power * cell.share, dead: cell.dead, grid: cell.section,
            library: library)
        var model = GovernedGrid(cell.grid.machine)
        var watch = Watch()
        for step in 0..<Int(length * 100) {
            let time = Double(step) / 100
            let loss = time >= eventAt ? size.power * cell.loss : .zero
            model.advance(to: .milliseconds(Int64(step) * 10), surplus: -loss - site.power)
            watch.note(model.frequency, at: time)
            site.step(model.frequency)
        }
        watch.result.starts = site.starts
        watch.result.trials = site.trials
        return watch.result
    }

    /// Notes the largest deviation and the swing that is left.
    private struct Watch {
        var result = Result()
        private var lowest = Hertz(1_000)
        private var highest = Hertz.zero

        mutating func note(_ frequency: Hertz, at time: Double) {
            result.depth = max(result.depth, (frequency - Hertz(50)).magnitude)
            guard time >= ClosedLoop.length * 0.75 else { return }
            lowest = min(lowest, frequency)
            highest = max(highest, frequency)
            result.swing = highest - lowest
        }
    }
}

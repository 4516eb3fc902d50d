import FrequencyResponse
import SiteConfiguration

/// A site in steps of 10 ms: the law, a fleet of one charger with its dead time and ramp, and a meter that is late.
struct LoopSite: ~Copyable {
    private let fleet: [ChargerSettings]
    private let capacity: Watts
    private let path: ReactionPath
    private let latency: Interval
    private var law: ControlLaw
    private var charger: TrialCharger
    private var memory = [ChargerMemory()]
    private var turns = [ChargerTurn()]
    private var setpoints = [Setpoint.zeroPower(until: Instant(nanoseconds: 0), tick: 0)]
    private var frequencies: [Hertz] = []
    private var sample: FrequencySample?
    private var phase = SwingDetector.Phase.watching
    /// How often the setpoint rose to half of the capacity, and how often the detector withdrew the response.
    private(set) var starts = 0
    private(set) var trials = 0
    private static var origin: Instant { Instant(nanoseconds: 1_000_000_000_000) }

    var power: Watts { charger.power }

    /// `grid` is what stands in the section of that name.
    init(service: String, capacity: Watts, dead: Double, grid: String, library: ProfileLibrary) throws {
        let site = try SiteReader.read(
            text: Self.text(service, capacity.value, dead: dead, grid: grid), file: "loop", library: library)
        self.capacity = capacity
        fleet = site.fleet
        path = site.reactionPaths[0]
        latency = path.update + path.averaging
        law = ControlLaw(settings: site.lawSettings())
        charger = TrialCharger(behaviour: fleet[0].behaviour, battery: WattHours(1_000_000), stateOfCharge: 0.6)
    }

    static func text(_ service: String, _ capacity: Double, dead: Double, grid: String) -> String {
        """
        site: { name: island, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
        service: { capacity: \(capacity) W, \(service) }
        meters: [{ name: pcc, profile: janitza-umg604, poll_interval: 100 ms, connection: "tcp://192.0.2.20:502" }]
        chargers:
          - name: bay-1
            profile: sunspec-der
            connection: "tcp://192.0.2.91:502"
            charge_limit: \(capacity) W
            discharge_limit: \(capacity) W
            grid_protection: external
            dynamics: { dead_time: \(dead) s, ramp: \(capacity * 0.67) W/s }
            vehicle: { battery: 1 MWh, minimum_charge: 20 % }
        control: { period: 50 ms }
        grid: { \(grid) }
        """
    }

    /// Moves on by 10 ms with the grid's frequency at that time.
    mutating func step(_ frequency: Hertz) {
        let step = frequencies.count
        let now = Self.origin + .milliseconds(Int64(step) * 10)
        frequencies.append(frequency)
        charger.advance(to: now, by: .milliseconds(10))
        if step % Self.steps(path.poll) == 0 {
            sample = FrequencySample(
                frequency: frequencies[max(0, step - Self.steps(latency))], voltageLowest: Volts(230),
                voltageHighest: Volts(230), takenAt: now, sequence: UInt32(step + 1))
        }
        if step % Self.steps(path.tick) == 0 { tick(now) }
    }

    private mutating func tick(_ now: Instant) {
        let inputs = ChargerInputs(
            control: .controlled, takenAt: now, power: charger.power, stateOfCharge: Ratio(charger.stateOfCharge))
        let before = setpoints[0].power
        let outputs = law.step(
            TickInputs(now: now, sample: sample), fleet: fleet, chargers: [inputs], memory: &memory, turns: &turns,
            setpoints: &setpoints)
        charger.command(setpoints[0].power, now: now + path.write)
        if before.magnitude < capacity * 0.5, setpoints[0].power.magnitude >= capacity * 0.5 { starts += 1 }
        if outputs.swing.phase == .trying, phase != .trying { trials += 1 }
        phase = outputs.swing.phase
    }

    private static func steps(_ time: Interval) -> Int { Int(time.nanoseconds / 10_000_000) }
}

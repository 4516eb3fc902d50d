import CMallocCount
import ControlLoop
import Devices
import FrequencyResponse

/// Runs ticks of the control thread's own code and says what they allocated. Run under callgrind at two numbers of
/// ticks, the difference is the cost of a tick.
///
/// Usage: TickBench TICKS CHARGERS [permits]; with permits the site has one for all, and one for each charger as far as
/// lines go.
@main
struct TickBench {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let hasPermits = CommandLine.arguments.contains("permits")
        guard arguments.count == 2, arguments[0] > 0, (1...1_000).contains(arguments[1]) else {
            print("usage: TickBench TICKS CHARGERS [permits]")
            return
        }
        var bench = Bench(chargers: arguments[1], hasPermits: hasPermits)
        bench.run(ticks: 100)
        let before = cmalloccount_now()
        bench.run(ticks: arguments[0])
        let counted = cmalloccount_now() - before
        // Proof that the counter counts: an array that leaves the optimiser no choice.
        let control = cmalloccount_now()
        let sum = (0..<arguments[1]).map { $0 &* arguments[0] }.reduce(0, &+)
        let controlCounted = cmalloccount_now() - control
        print(
            """
            ticks \(arguments[0]) chargers \(arguments[1]) allocations \(counted) control \(controlCounted) response \
            \(bench.last) \(sum)
            """
        )
    }
}

private struct Bench: ~Copyable {
    private var turn: ControlTurn
    private let rings: TickRings
    private let mailboxes: Mailboxes
    private var now = Instant(nanoseconds: 1_000_000_000_000)
    private var count: UInt32 = 0
    private(set) var last = 0.0

    init(chargers: Int, hasPermits: Bool) {
        guard let curve = try? ServiceKind.gbDynamicContainment.rules.shape?.curve() else {
            preconditionFailure("the catalogue's curve is refused")
        }
        var settings = LawSettings(
            services: ServiceStack(
                ServiceSettings(
                    kind: .gbDynamicContainment, curve: curve, direction: .both,
                    capacity: Watts(5_000 * Double(chargers)),
                    baselineRule: .scheduled, responseTime: .zero, duration: .seconds(900),
                    energy: .volumes(VolumeRules()))),
            sensing: SensingSettings(first: JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230))),
            limits: SiteLimits(importLimit: Watts(1e6), exportLimit: Watts(1e6)), baselineRise: Watts(1_000))
        settings.swing = SwingSettings(wait: .seconds(1), acts: false)
        var fleet = Array(
            repeating: ChargerSettings(
                chargeLimit: Watts(7_400), dischargeLimit: Watts(7_400),
                vehicle: VehicleSettings(battery: WattHours(40_000), minimumCharge: Ratio(0.4))), count: chargers)
        mailboxes = Mailboxes(chargerCount: chargers, meterCount: 1)
        rings = TickRings(chargerCount: chargers)
        if hasPermits {
            settings.permits = PermitRules(stopDeadline: .seconds(15))
            for index in 0..<min(chargers, 63) {
                fleet[index].permit = OwnPermit(number: UInt8(index + 1), lossLimit: .seconds(2))
            }
        }
        turn = ControlTurn(
            settings: settings, fleet: fleet, period: .milliseconds(50), mailboxes: mailboxes, rings: rings)
    }

    mutating func run(ticks: Int) {
        for _ in 0..<ticks {
            count &+= 1
            now = now + .milliseconds(50)
            let inputs = ChargerInputs(control: .controlled, takenAt: now, power: .zero, stateOfCharge: Ratio(0.6))
            for box in mailboxes.statuses { box.publish(inputs) }
            let frequency = 49.4 + Double(count % 1_200) / 1_000
            let sample = FrequencySample(
                frequency: Hertz(frequency), voltageLowest: Volts(229), voltageHighest: Volts(231), takenAt: now,
                sequence: count)
            mailboxes.samples[0].publish(MeterSample(sample: sample, sitePower: SitePower(power: .zero, takenAt: now)))
            guard turn.takeSamples() else { preconditionFailure("a published sample was not seen") }
            turn.tick(
                now: now, lateness: .zero, armed: true, stopping: false)
            while let record = rings.ticks.pop() { last = record?.outputs.response.value ?? 0 }
            while rings.chargers.pop() != nil {}
        }
    }
}

import ArgumentParser
import Devices
import Evidence
import Foundation
import FrequencyResponse
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
        switch profile {
        case .meter(let meter): sheet(meter)
        case .charger(let charger): sheet(charger)
        }
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let entries = profiles.map {
            Entry(name: $0.name, kind: $0.kind, title: $0.title, verified_on_hardware: $0.provenance.verifiedBy)
        }
        print(String(decoding: try encoder.encode(entries), as: UTF8.self))
    }

    private func head(_ title: String, _ provenance: Provenance, _ unverified: [String]) {
        print(title)
        print("  source              \(provenance.document), \(provenance.revision)")
        print(
            """
              verified on device  \
            \(provenance.verifiedBy ?? "by nobody: check every value against the device before it is trusted")
            """
        )
        for statement in unverified { print("  unverified          \(statement)") }
    }

    private func reading(_ rules: ReadRules, _ identity: [Point]) {
        print(
            """
              read                \(rules.isSunSpec ? "by its SunSpec map" : "\(rules.table) registers"), unit \
            \(rules.unit), at most \(rules.blockMaximum) at once, over gaps of \
            \(rules.gapMaximum)\(rules.blockBoundary.map { ", never across a multiple of \($0)" } ?? "")
            """
        )
        if rules.connectDelay > .zero {
            print("  after connecting    \(rules.connectDelay.seconds) s without a request")
        }
        if rules.holdOff > .zero { print("  after a connection  no new one for \(rules.holdOff.seconds) s") }
        if rules.spacing > .zero { print("  between requests    \(rules.spacing.seconds) s") }
        for point in identity {
            print(
                """
                  known by            \(Self.place(point)), \
                \(point.valid.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "any")
                """
            )
        }
    }

    private func sheet(_ meter: MeterProfile) {
        head(meter.title, meter.provenance, meter.unverified)
        reading(meter.reading, meter.identity)
        print(
            """
              frequency           \(Self.place(meter.frequency)), step \
            \(Formatting.fixed(meter.resolution.value * 1_000, 1)) mHz
            """
        )
        print("  new values every    \(meter.updateTime.seconds) s, averaged over \(meter.averagingTime.seconds) s")
        print("  believed between    \(meter.plausible.lowerBound.value) and \(meter.plausible.upperBound.value) Hz")
        for voltage in meter.voltages { print("  voltage             \(Self.place(voltage))") }
        if let power = meter.power { print("  power               \(Self.place(power))") }
        if let export = meter.powerExport { print("  less the export     \(Self.place(export))") }
    }

    private func sheet(_ charger: ChargerProfile) {
        head(charger.title, charger.provenance, charger.unverified)
        reading(charger.reading, charger.identity)
        print("  setpoint            \(Self.place(charger.setpoint)), step \(charger.resolution.value) W")
        print(
            """
              limits              \(Formatting.fixed(charger.chargeMaximum.value / 1_000, 1)) kW charging, \
            \(Formatting.fixed(charger.dischargeMaximum.value / 1_000, 1)) kW discharging
            """
        )
        if charger.chargeMinimum > .zero || charger.dischargeMinimum > .zero {
            print(
                """
                  at least            \(charger.chargeMinimum.value) W charging, \(charger.dischargeMinimum.value) W \
                discharging
                """
            )
        }
        if let neutral = charger.neutral {
            print(
                """
                  no power by         \(Self.place(neutral.point)) = \
                \(Int(neutral.value))\(charger.forbidsZero ? "; 0 W is never written" : "")
                """
            )
        }
        if let resume = charger.resume {
            print("  and on again by     \(Self.place(resume.point)) = \(Int(resume.value))")
        }
        print("  measured power      \(Self.place(charger.power))")
        print("  state               \(Self.place(charger.state))")
        if let point = charger.stateOfCharge { print("  state of charge     \(Self.place(point))") }
        for fixed in charger.takeOver {
            print("  taken over by       \(Self.place(fixed.point)) = \(Int(fixed.value))")
        }
        if let timeout = charger.timeout {
            print(
                """
                  own timeout         \(Self.place(timeout.point)), fed by \(timeout.fedBy.rawValue), per \
                \(timeout.scope.rawValue)
                """
            )
        } else {
            print(
                """
                  own timeout         none: after a failure it goes on, \
                \(charger.setpointEnds == .never ? "for ever" : "for how long nobody has said"), so a site needs a \
                permit of its own for it, behind a pulse-watchdog relay
                """
            )
        }
        if let heartbeat = charger.heartbeat {
            print("  heartbeat           \(Self.place(heartbeat)), counted up once a second while a lease lives")
        }
        if let offered = charger.offeredDischarge { print("  offers discharge    \(Self.place(offered))") }
        for state in DeviceState.allCases {
            let numbers = charger.states.filter { $0.value == state }.keys.sorted().map(String.init)
            if !numbers.isEmpty {
                print(
                    """
                      state \
                    \(state.rawValue.padding(toLength: 16, withPad: " ", startingAt: 0))\(numbers.joined(separator: ", "))
                    """
                )
            }
        }
        print("  grid protection     \(charger.gridProtection ?? "to be named in the site file")")
    }

    private static func place(_ point: Point) -> String {
        switch point.location {
        case .address(let address): "register \(address) (\(point.type.rawValue))"
        case .model(let model, let offset): "model \(model) offset \(offset) (\(point.type.rawValue))"
        }
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

import ArgumentParser
import Devices
import Evidence
import Foundation
import FrequencyResponse
import SiteConfiguration

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "Lists the device profiles, or shows one's data sheet.")

    @Argument(help: "The profile to show.")
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
        guard let profile = library[name] else {
            throw fail("there is no profile \(name); there are \(library.profiles.map(\.name).joined(separator: ", ")).", ExitCode(64))
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
            print(profile.name + String(repeating: " ", count: max(1, 20 - profile.name.count)) + "\(profile.kind)  \(profile.title)")
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
        print("  verified on device  \(provenance.verifiedBy ?? "by nobody: check every value against the device before it is trusted")")
        for statement in unverified { print("  unverified          \(statement)") }
    }

    private func sheet(_ meter: MeterProfile) {
        head(meter.title, meter.provenance, meter.unverified)
        print("  frequency           \(Self.place(meter.frequency)), step \(Report.fixed(meter.resolution.value * 1_000, 1)) mHz")
        print("  new values every    \(meter.updateTime.seconds) s, averaged over \(meter.averagingTime.seconds) s")
        print("  believed between    \(meter.plausible.lowerBound.value) and \(meter.plausible.upperBound.value) Hz")
        for voltage in meter.voltages { print("  voltage             \(Self.place(voltage))") }
        if let power = meter.power { print("  power               \(Self.place(power))") }
    }

    private func sheet(_ charger: ChargerProfile) {
        head(charger.title, charger.provenance, charger.unverified)
        print("  setpoint            \(Self.place(charger.setpoint)), step \(charger.resolution.value) W")
        print("  measured power      \(Self.place(charger.power))")
        print("  state               \(Self.place(charger.state))")
        if let point = charger.stateOfCharge { print("  state of charge     \(Self.place(point))") }
        for fixed in charger.takeOver { print("  taken over by       \(Self.place(fixed.point)) = \(Int(fixed.value))") }
        if let timeout = charger.timeout {
            print("  own timeout         \(Self.place(timeout.point)), fed by \(timeout.fedBy.rawValue), per \(timeout.scope.rawValue)")
        } else {
            print("  own timeout         none: it goes on for ever with its last setpoint")
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

import Foundation
public import FrequencyResponse

/// What was measured of one charger on its site.
public struct Commissioned: Sendable, Equatable {
    /// How it follows its setpoints.
    public var behaviour: ChargerBehaviour
    /// How long it went on after the last word of droopd, where that was measured.
    public var fallback: Interval?
    /// The smallest power that it followed.
    public var chargeMinimum: Watts?
    /// The smallest power of discharging that it followed.
    public var dischargeMinimum: Watts?

    package init(behaviour: ChargerBehaviour, fallback: Interval?, chargeMinimum: Watts?, dischargeMinimum: Watts?) {
        self.behaviour = behaviour
        self.fallback = fallback
        self.chargeMinimum = chargeMinimum
        self.dischargeMinimum = dischargeMinimum
    }

    /// Whether both have measured the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.fallback == right.fallback && left.chargeMinimum == right.chargeMinimum
            && left.dischargeMinimum == right.dischargeMinimum
            && left.behaviour.deadTime == right.behaviour.deadTime && left.behaviour.ramp == right.behaviour.ramp
            && left.behaviour.deadTimeIdle == right.behaviour.deadTimeIdle
            && left.behaviour.deadTimeReversal == right.behaviour.deadTimeReversal
    }
}

/// Reads the file that `droopd commission` writes: a list `commissioned` of chargers by name.
enum CommissioningReader {
    /// The file beside the site file that names it.
    static func read(_ name: String, beside site: String, _ section: Section, problems: ProblemCollector)
        -> [String: Commissioned]
    {
        let path =
            name.hasPrefix("/")
            ? name : URL(fileURLWithPath: site).deletingLastPathComponent().appendingPathComponent(name).path
        problems.files.append(path)
        do {
            return try read(text: SourceFile.text(at: path), file: path)
        } catch {
            section.report(error, key: "commissioning")
            return [:]
        }
    }

    static func read(text: String, file: String) throws(Problems) -> [String: Commissioned] {
        let problems = ProblemCollector(file: file)
        var result: [String: Commissioned] = [:]
        if let root = SourceFile.root(of: text, problems: problems).flatMap({
            Section($0, path: "", group: .commissioningFile, problems: problems)
        }) {
            for section in root.sections("commissioned") {
                let name = section.text("name")
                let behaviour = section.section("dynamics").flatMap {
                    BehaviourReader.read($0)
                }
                let fallback = section.interval("fallback")
                let charge = section.quantity("charge_minimum")
                let discharge = section.quantity("discharge_minimum")
                // For people; the law learns offsets by itself.
                _ = section.quantity("charge_offset")
                _ = section.quantity("discharge_offset")
                _ = section.text("measured")
                section.finish()
                guard let name, let behaviour else { continue }
                if result[name] != nil { section.report("\(name) stands here twice", key: "name") }
                result[name] = Commissioned(
                    behaviour: behaviour, fallback: fallback, chargeMinimum: charge.map { Watts($0) },
                    dischargeMinimum: discharge.map { Watts($0) })
            }
            root.finish()
        }
        try problems.throwIfAny()
        return result
    }
}

/// Reads a `dynamics` section: what was measured of how a charger follows.
enum BehaviourReader {
    static func read(_ section: Section) -> ChargerBehaviour? {
        let dead = section.interval("dead_time")
        let idle = section.interval("dead_time_idle", default: dead ?? .zero)
        let reversal = section.interval("dead_time_reversal", default: dead ?? .zero)
        let ramp = section.quantity("ramp")
        section.finish()
        guard let dead, let idle, let reversal, let ramp else { return nil }
        return ChargerBehaviour(deadTime: dead, deadTimeIdle: idle, deadTimeReversal: reversal, ramp: Watts(ramp))
    }
}

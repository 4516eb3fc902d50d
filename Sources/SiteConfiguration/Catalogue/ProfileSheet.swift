import Devices
import FrequencyResponse

/// A device profile in words: its data sheet.
public struct ProfileSheet {
    private var lines: [String] = []

    /// The sheet of a profile.
    public static func text(_ profile: Profile) -> String {
        var sheet = ProfileSheet()
        switch profile {
        case .meter(let meter): sheet.sheet(meter)
        case .charger(let charger): sheet.sheet(charger)
        }
        return sheet.lines.joined(separator: "\n")
    }

    private mutating func head(_ title: String, _ provenance: Provenance, _ unverified: [String]) {
        lines.append(title)
        lines.append("  source              \(provenance.document), \(provenance.revision)")
        lines.append(
            """
              verified on device  \
            \(provenance.verifiedBy ?? "by nobody: check every value against the device before it is trusted")
            """
        )
        for statement in unverified { lines.append("  unverified          \(statement)") }
    }

    private mutating func reading(_ rules: ReadRules, _ identity: [Point]) {
        lines.append(
            """
              read                \(rules.isSunSpec ? "by its SunSpec map" : "\(rules.table) registers"), unit \
            \(rules.unit), at most \(rules.blockMaximum) at once, over gaps of \
            \(rules.gapMaximum)\(rules.blockBoundary.map { ", never across a multiple of \($0)" } ?? "")
            """
        )
        if rules.connectDelay > .zero {
            lines.append("  after connecting    \(rules.connectDelay.seconds) s without a request")
        }
        if rules.holdOff > .zero { lines.append("  after a connection  no new one for \(rules.holdOff.seconds) s") }
        if rules.spacing > .zero { lines.append("  between requests    \(rules.spacing.seconds) s") }
        for point in identity {
            lines.append(
                """
                  known by            \(Self.place(point)), \
                \(point.valid.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "any")
                """
            )
        }
    }

    private mutating func sheet(_ meter: MeterProfile) {
        head(meter.title, meter.provenance, meter.unverified)
        reading(meter.reading, meter.identity)
        lines.append(
            """
              frequency           \(Self.place(meter.frequency)), step \
            \(Formatting.fixed(meter.resolution.value * 1_000, 1)) mHz
            """
        )
        lines.append(
            "  new values every    \(meter.updateTime.seconds) s, averaged over \(meter.averagingTime.seconds) s")
        lines.append(
            "  believed between    \(meter.plausible.lowerBound.value) and \(meter.plausible.upperBound.value) Hz")
        for voltage in meter.voltages { lines.append("  voltage             \(Self.place(voltage))") }
        if let power = meter.power { lines.append("  power               \(Self.place(power))") }
        for current in meter.phases?.currents ?? [] { lines.append("  current             \(Self.place(current))") }
        for power in meter.phases?.powers ?? [] { lines.append("  power of a phase    \(Self.place(power))") }
        if let export = meter.powerExport { lines.append("  less the export     \(Self.place(export))") }
    }

    private mutating func sheet(_ charger: ChargerProfile) {
        head(charger.title, charger.provenance, charger.unverified)
        reading(charger.reading, charger.identity)
        lines.append("  setpoint            \(Self.place(charger.setpoint)), step \(charger.resolution.value) W")
        lines.append(
            """
              limits              \(Formatting.fixed(charger.chargeMaximum.value / 1_000, 1)) kW charging, \
            \(Formatting.fixed(charger.dischargeMaximum.value / 1_000, 1)) kW discharging
            """
        )
        lines.append(
            "  phases              \(charger.phaseCount.map { "\($0)" } ?? "as installed; the site file says which")")
        if charger.chargeMinimum > .zero || charger.dischargeMinimum > .zero {
            lines.append(
                """
                  at least            \(charger.chargeMinimum.value) W charging, \(charger.dischargeMinimum.value) W \
                discharging
                """
            )
        }
        if let zeroPower = charger.zeroPower {
            lines.append(
                """
                  no power by         \(Self.place(zeroPower.point)) = \
                \(Int(zeroPower.value))\(charger.forbidsZero ? "; 0 W is never written" : "")
                """
            )
        }
        if let resume = charger.resume {
            lines.append("  and on again by     \(Self.place(resume.point)) = \(Int(resume.value))")
        }
        lines.append("  measured power      \(Self.place(charger.power))")
        lines.append("  state               \(Self.place(charger.state))")
        if let point = charger.stateOfCharge { lines.append("  state of charge     \(Self.place(point))") }
        for fixed in charger.takeOver {
            lines.append("  taken over by       \(Self.place(fixed.point)) = \(Int(fixed.value))")
        }
        if let timeout = charger.timeout {
            lines.append(
                """
                  own timeout         \(Self.place(timeout.point)), fed by \(timeout.fedBy.rawValue), per \
                \(timeout.scope.rawValue)
                """
            )
        } else {
            lines.append(
                """
                  own timeout         none: after a failure it goes on, \
                \(charger.setpointEnds == .never ? "for ever" : "for how long nobody has said"), so a site needs a \
                permit of its own for it, behind a pulse-watchdog relay
                """
            )
        }
        if let fallback = charger.timeout?.fallback {
            lines.append("  falls back to       \(Self.place(fallback.point)) = \(Int(fallback.value))")
        }
        for (name, state) in charger.endStates.all {
            lines.append("  by itself           \(Self.words(state)) \(name)")
        }
        if let heartbeat = charger.heartbeat {
            lines.append("  heartbeat           \(Self.place(heartbeat)), counted up once a second while a lease lives")
        }
        if let plug = charger.plug {
            lines.append("  plug                \(Self.place(plug)), 0 while no vehicle is there")
        }
        if let offered = charger.offeredDischarge { lines.append("  offers discharge    \(Self.place(offered))") }
        for state in DeviceState.allCases {
            let numbers = charger.states.filter { $0.value == state }.keys.sorted().map(String.init)
            if !numbers.isEmpty {
                lines.append(
                    """
                      state \
                    \(state.rawValue + String(repeating: " ", count: max(0, 16 - state.rawValue.count)))\(numbers.joined(separator: ", "))
                    """
                )
            }
        }
        lines.append("  grid protection     \(charger.gridProtection ?? "to be named in the site file")")
    }

    private static func words(_ state: EndState) -> String {
        switch state {
        case .power(let power): "\(Formatting.fixed(power.value / 1_000, 1)) kW"
        case .chargeLimit: "up to the charge_limit of the site file"
        case .unknown: "not known, so all of its charging counts,"
        }
    }

    private static func place(_ point: Point) -> String {
        switch point.location {
        case .address(let address): "register \(address) (\(point.type.rawValue))"
        case .model(let model, let offset): "model \(model) offset \(offset) (\(point.type.rawValue))"
        }
    }
}

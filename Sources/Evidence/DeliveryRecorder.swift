public import FrequencyResponse

/// One moment of a site, from a replay or from the live daemon.
public struct DeliveryMoment: Sendable {
    /// In seconds from the start.
    public var time: Double
    /// The frequency that was acted on; nil while none was.
    public var frequency: Hertz?
    /// What the law answered.
    public var outputs: TickOutputs
    /// Measured; nil while not every charger's power is known.
    public var power: Watts?
    /// The state of charge of each vehicle; nil where unknown.
    public var statesOfCharge: [Ratio?]
    /// The measured power of each charger; nil where unknown.
    public var powers: [Watts?]

    package init(
        time: Double, frequency: Hertz?, outputs: TickOutputs, power: Watts?, statesOfCharge: [Ratio?], powers: [Watts?]
    ) {
        self.time = time
        self.frequency = frequency
        self.outputs = outputs
        self.power = power
        self.statesOfCharge = statesOfCharge
        self.powers = powers
    }
}

/// Collects what a site was asked and what it delivered, and makes the report of it.
public struct DeliveryRecorder: Sendable {
    private let names: [String]
    private let capacity: Watts
    private let nominal: Hertz
    private var frequency = Series("frequency")
    private var asked = Series("response asked", isBackground: true)
    private var commanded = Series("commanded (baseline − setpoints)")
    private var delivered = Series("delivered (baseline − measured power)")
    private var charges: [Series]
    private var last: DeliveryMoment?
    private var askedEnergy = WattHours.zero
    private var deliveredEnergy = WattHours.zero
    private var errorEnergy = WattHours.zero
    private var throughput: [WattHours]
    private var untrusted = 0.0
    private var lowest: (hertz: Double, at: Double)?
    private var mostAsked = Watts.zero
    private var mostDelivered = Watts.zero
    private var largestShortfall = Watts.zero
    private var largestMiss = Watts.zero
    private var withheld = WithheldResponse()
    private var swings = 0
    /// For how long frequency was not trusted, by reason.
    private var untrustedFor: [Trust: Double] = [:]
    private var unmeasured = 0.0

    package init(names: [String], capacity: Watts, nominal: Hertz) {
        self.names = names
        self.capacity = capacity
        self.nominal = nominal
        charges = names.map { Series($0) }
        throughput = names.map { _ in .zero }
    }

    /// Takes a moment into the sums, and into the charts when it is to be drawn.
    public mutating func add(_ moment: DeliveryMoment, isDrawn: Bool = true) {
        account(moment)
        defer { last = moment }
        guard isDrawn else { return }
        frequency.append(moment.frequency?.value, at: moment.time)
        asked.append(moment.outputs.response.value / 1_000, at: moment.time)
        commanded.append((moment.outputs.baseline - moment.outputs.setpointSum).value / 1_000, at: moment.time)
        delivered.append(moment.power.map { (moment.outputs.baseline - $0).value / 1_000 }, at: moment.time)
        for index in charges.indices {
            charges[index].append(moment.statesOfCharge[index].map { $0.value * 100 }, at: moment.time)
        }
    }

    /// Energies count the values of a moment until the next one.
    private mutating func account(_ moment: DeliveryMoment) {
        if let frequency = moment.frequency, moment.outputs.judged.trust.isTrusted,
            lowest.map({ frequency.value < $0.hertz }) ?? true
        {
            lowest = (frequency.value, moment.time)
        }
        if moment.outputs.response.magnitude > mostAsked.magnitude { mostAsked = moment.outputs.response }
        if moment.outputs.shortfall.magnitude > largestShortfall.magnitude {
            largestShortfall = moment.outputs.shortfall
        }
        if moment.outputs.withheld.power.magnitude > withheld.power.magnitude { withheld = moment.outputs.withheld }
        if moment.outputs.swing.phase != .watching, last?.outputs.swing.phase == .watching { swings += 1 }
        if let power = moment.power, (moment.outputs.baseline - power).magnitude > mostDelivered.magnitude {
            mostDelivered = moment.outputs.baseline - power
        }
        if let power = moment.power {
            largestMiss = max(largestMiss, (moment.outputs.response - (moment.outputs.baseline - power)).magnitude)
        }
        guard let last, moment.time > last.time else { return }
        let time = Interval(nanoseconds: Int64((moment.time - last.time) * 1e9))
        if !last.outputs.judged.trust.isTrusted {
            untrusted += time.seconds
            untrustedFor[last.outputs.judged.trust, default: 0] += time.seconds
        }
        askedEnergy += last.outputs.response.energy(over: time)
        if let power = last.power {
            let delivered = last.outputs.baseline - power
            deliveredEnergy += delivered.energy(over: time)
            errorEnergy += (delivered - last.outputs.response).magnitude.energy(over: time)
        } else {
            unmeasured += time.seconds
        }
        for index in names.indices {
            if let power = last.powers[index] { throughput[index] += power.magnitude.energy(over: time) }
        }
    }

    /// The one-line figures of the end, for a terminal.
    public var facts: [Report.Fact] {
        let duration = (last?.time ?? 0) - (frequency.times.first ?? 0)
        let error = duration > 0 ? errorEnergy.value / (capacity.value * duration / 3_600) * 100 : 0
        var facts = [
            Report.Fact("lowest frequency", lowest.map { "\(Formatting.fixed($0.hertz, 3)) Hz" } ?? "none trusted"),
            Report.Fact("largest response asked", "\(Formatting.fixed(mostAsked.value / 1_000, 2)) kW"),
            Report.Fact("largest response delivered", "\(Formatting.fixed(mostDelivered.value / 1_000, 2)) kW"),
            Report.Fact("net energy asked", "\(Formatting.fixed(askedEnergy.value / 1_000, 3)) kWh"),
            Report.Fact("net energy delivered", "\(Formatting.fixed(deliveredEnergy.value / 1_000, 3)) kWh"),
            Report.Fact("mean tracking error", "\(Formatting.fixed(error, 2)) % of capacity"),
            Report.Fact(
                "largest difference of asked and delivered", "\(Formatting.fixed(largestMiss.value / 1_000, 2)) kW"),
            Report.Fact("largest shortfall of setpoints", shortfall),
            Report.Fact("frequency not trusted", "\(Formatting.fixed(untrusted, 1)) s"),
        ]
        if withheld.power.magnitude >= Watts(1) {
            facts.append(
                Report.Fact(
                    "most withheld",
                    "\(Formatting.kilowatts(withheld.power.magnitude, decimals: 2)); \(withheld.cause)"))
        }
        if swings > 0 {
            facts.append(Report.Fact("swings of frequency with the own response", "\(swings), cause not proven"))
        }
        if unmeasured > 0 { facts.append(Report.Fact("power not measured", "\(Formatting.fixed(unmeasured, 1)) s")) }
        return facts
    }

    private var shortfall: String {
        guard largestShortfall.magnitude >= Watts(1) else { return "none" }
        return
            """
            \(Formatting.fixed(largestShortfall.magnitude.value / 1_000, 3)) kW \
            \(largestShortfall > .zero ? "upwards" : "downwards")
            """
    }

    /// For how many seconds voltage outside its window kept frequency from counting.
    public var voltageOutside: Double { untrustedFor[.voltageOutside] ?? 0 }

    /// The report of all that was recorded.
    public func report(title: String, subtitle: String, notes: [String]) -> Report {
        var report = Report(title: title, subtitle: subtitle)
        report.facts = facts
        report.notes = notes
        report.charts = [
            Chart(title: "Frequency", unit: "Hz", series: [frequency], marks: [nominal.value]),
            Chart(
                title: "Response", unit: "kW, positive supports a low frequency",
                series: [asked, commanded, delivered], marks: [0]),
            Chart(title: "State of charge", unit: "%", series: charges),
        ]
        report.tableHeader = ["charger", "state of charge at start", "at end", "energy moved"]
        report.tableRows = names.indices.map { index in
            func percent(_ value: Double?) -> String { value.map { "\(Formatting.fixed($0, 2)) %" } ?? "unknown" }
            return [
                names[index], percent(charges[index].values.first { $0.isFinite }),
                percent(charges[index].values.last { $0.isFinite }),
                "\(Formatting.fixed(throughput[index].value / 1_000, 3)) kWh",
            ]
        }
        return report
    }
}

/// What one tick knows of one charger, and the share of power that it gives it. Storage belongs to the caller.
///
/// `FleetSurvey` rewrites all of it at the start of a tick. Planned charging, sharing and limits then change its share,
/// tiers, order, reasons, last side and outlook. Nothing in here lasts longer. The fields that belong together are
/// grouped.
public struct ChargerTurn: BitwiseCopyable, Sendable {
    /// Whether it is reachable and under control, with the age of its reading considered.
    public internal(set) var control: ChargerControl = .unreachable
    /// Whether its user takes part in services.
    var participates = true
    /// The powers that it may be commanded: discharge (zero or below) to charge (zero or above).
    public internal(set) var lowest: Watts = .zero
    /// The highest power that it may be commanded, zero or above.
    public internal(set) var highest: Watts = .zero
    /// The charging power that its user's needs ask for.
    public internal(set) var plan: Watts = .zero
    /// How its user's target stands.
    public internal(set) var departure = DepartureState()
    /// What it can give and take for services.
    public internal(set) var energy = FreeEnergy()
    var before = Before()
    /// The limits up to which sharing uses it, on the side of this tick.
    var tiers = Tiers()
    /// Whether it takes part in this tick's share, and the index of the next charger in the order of sharing; -1 ends
    /// it.
    var takesPart = false
    var next: Int32 = -1
    /// The step of its setpoints: the larger of the profile's and the device's.
    var step = Watts(1)
    /// The power that sharing gives it.
    public internal(set) var share: Watts = .zero
    /// Why its setpoint is what it is.
    public internal(set) var reasons = ShareReasons.none

    package init() {}

    /// Clears what the survey does not always write. The survey overwrites the rest.
    mutating func begin() {
        departure = DepartureState()
        tiers = Tiers()
        takesPart = false
        next = -1
        share = .zero
    }

    /// What a charger can give and take for services.
    public struct FreeEnergy: BitwiseCopyable, Sendable {
        /// The energy at the terminals that its vehicle can give and take, its user's needs considered.
        public internal(set) var raise: WattHours = .zero
        /// The energy at the terminals that its vehicle can take, its user's needs considered.
        public internal(set) var lower: WattHours = .zero
        /// The power that it can keep up for as long as the services last, as positive numbers.
        var sustainedDischarge = Watts.zero
        var sustainedCharge = Watts.zero
        /// Falls from 1 with the energy that its battery has moved today.
        var freshness = 1.0
    }

    /// How its user's target stands.
    public struct DepartureState: BitwiseCopyable, Sendable {
        /// Whether the target is reached in time.
        public internal(set) var outlook: DepartureOutlook = .open
        /// The vehicle is still there after its departure.
        var isLate = false
        /// The time to departure; nil when none is known.
        var departsIn: Interval?
        /// The energy at the terminals that its vehicle lacks of its target.
        var missing: WattHours = .zero
        /// The vehicle can charge less for a while and still be ready in time.
        var hasSlack = true
    }

    /// What the ticks before have left.
    struct Before: BitwiseCopyable, Sendable {
        /// The newest power that it was commanded, and the side it last worked on.
        var commanded = Watts.zero
        var lastSide: Int8 = 0
        /// Its model's power, and the range in which its power is until a newer command acts.
        var expected = Watts.zero
        var reachLow = Watts.zero
        var reachHigh = Watts.zero

        /// The most power on a side that it has, or is still moving to.
        func reach(side: Double) -> Watts { side > 0 ? reachHigh : -reachLow }
    }

    /// Sets the tiers for the side of this tick. A charger that takes no part has none.
    mutating func setTiers(side: Double) {
        guard control == .controlled, participates else { return }
        tiers.most = side > 0 ? highest : -lowest
        tiers.planned = side > 0 ? min(plan, highest) : .zero
        tiers.sustained = max(tiers.planned, side > 0 ? energy.sustainedCharge : energy.sustainedDischarge)
        tiers.spared = max(tiers.planned, tiers.sustained * energy.freshness)
    }
}

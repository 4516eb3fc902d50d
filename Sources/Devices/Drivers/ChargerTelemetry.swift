import FrequencyResponse
import Modbus

/// The readings of one charger: what is asked next, and what was read last.
struct ChargerTelemetry: Sendable {
    /// Where its registers are; nil while that is not known.
    private(set) var plan: ReadPlan?
    /// When the next reading is due.
    private(set) var nextAt: Instant
    private(set) var reading: ChargerReading?
    /// When the first block of that reading was asked for.
    private(set) var readAt: Instant?
    /// Readings in a row that failed.
    private(set) var missed = 0
    /// The scale factor of the setpoint's register.
    private(set) var exponent: Int?
    /// Survives an idle charger that shows no state of charge. It is forgotten when the vehicle leaves.
    private(set) var stateOfCharge: Ratio?
    private var stateOfChargeAt: Instant?
    private var replies: [RegisterBlock] = []
    /// When the first block of the reading under way was asked for.
    private var since: Instant?
    private var filter: TelemetryFilter

    /// How long a state of charge is believed while power flows and no new one is read, or while the device is out of
    /// reach.
    private static var stateOfChargeLimit: Interval { .seconds(10) }

    /// A reading that is whole, and what is to be said of it.
    struct Taken {
        var reading: ChargerReading
        var isBridgeSaid: Bool
        /// The setpoint's register now has another scale factor than before.
        var hasNewScale: Bool
    }

    init(_ profile: ChargerProfile, now: Instant) {
        filter = TelemetryFilter(most: max(profile.chargeMaximum, profile.dischargeMaximum))
        nextAt = now
    }

    /// Whether a reading is under way.
    var isUnderWay: Bool { !replies.isEmpty }

    /// The block of the reading that is asked for next; nil while it is not known where the registers are.
    var nextBlock: ReadPlan.Block? { plan.map { $0.blocks[replies.count] } }

    mutating func use(_ newPlan: ReadPlan?) { plan = newPlan }

    /// Gives up the reading under way.
    mutating func abandon() { replies.removeAll(keepingCapacity: true) }

    mutating func postpone(until: Instant) { nextAt = until }

    mutating func miss() { missed += 1 }

    mutating func connected(now: Instant) {
        missed = 0
        abandon()
        // Another vehicle may have come while the device was out of reach.
        if let readAt, now.elapsed(since: readAt) > Self.stateOfChargeLimit { stateOfCharge = nil }
    }

    /// The request of the next block.
    mutating func request(now: Instant) -> Request {
        if replies.isEmpty { since = now }
        guard let plan, let block = nextBlock else {
            preconditionFailure("a charger was read before its registers were found")
        }
        return .read(plan.table, address: block.address, count: block.count)
    }

    /// Takes a block. Nil until the reading is whole.
    mutating func take(_ block: RegisterBlock, profile: ChargerProfile, next: Instant, now: Instant) -> Taken? {
        guard let plan else { return nil }
        replies.append(block)
        guard replies.count == plan.blocks.count else { return nil }
        let (newest, isSaid) = filter.take(profile.reading(from: replies, plan: plan), now: now)
        var hasNewScale = false
        if case .exponent(let location) = profile.setpoint.scale {
            let newExponent = plan.exponent(at: location, in: replies)
            hasNewScale = exponent != nil && newExponent != exponent
            exponent = newExponent
        }
        abandon()
        nextAt = next
        reading = newest
        readAt = since ?? now
        missed = 0
        noteStateOfCharge(newest, idle: profile.wakePower + Watts(100), now: now)
        return Taken(reading: newest, isBridgeSaid: isSaid, hasNewScale: hasNewScale)
    }

    private mutating func noteStateOfCharge(_ newest: ChargerReading, idle: Watts, now: Instant) {
        if let read = newest.stateOfCharge {
            stateOfCharge = read
            stateOfChargeAt = now
        } else if newest.power.map({ $0.magnitude <= idle }) ?? false {
            // Idle: nothing has changed that it could show.
            stateOfChargeAt = now
        }
        let isOld = stateOfChargeAt.map { now.elapsed(since: $0) > Self.stateOfChargeLimit } ?? true
        if newest.state == .noVehicle || isOld { stateOfCharge = nil }
    }
}

import FrequencyResponse
import Modbus

/// Where a device's registers are. A SunSpec device is walked through first, model by model.
struct RegisterMap: Sendable {
    enum Next {
        case request(Request)
        case wait(until: Instant)
        case known(SunSpecMap)
    }

    private enum State {
        case walking(SunSpecWalk)
        case known(SunSpecMap)
        case failed(until: Instant)
    }

    private var state: State
    private var firstBase = 0
    private static var pause: Interval { .seconds(2) }

    init(isSunSpec: Bool = false) {
        state = isSunSpec ? .walking(SunSpecWalk()) : .known(SunSpecMap())
    }

    var known: SunSpecMap? {
        if case .known(let map) = state { map } else { nil }
    }

    mutating func next(now: Instant) -> Next {
        switch state {
        case .known(let map): return .known(map)
        case .failed(let until):
            guard now >= until else { return .wait(until: until) }
            state = .walking(SunSpecWalk(firstBase: firstBase))
            return next(now: now)
        case .walking(let walk):
            guard case .read(let address, let count) = walk.next else { return .wait(until: retry(now: now)) }
            return .request(.read(.holding, address: address, count: count))
        }
    }

    mutating func take(_ block: RegisterBlock?, now: Instant) {
        guard case .walking(var walk) = state else { return }
        walk.take(block)
        switch walk.next {
        case .read: state = .walking(walk)
        case .found(let map): state = .known(map)
        case .failed: _ = retry(now: now)
        }
    }

    /// The last request was not answered. Many devices are silent at a base that they do not have: the next one is
    /// tried, also over a connection that was lost meanwhile.
    mutating func unanswered() {
        guard case .walking(let walk) = state, walk.isSeekingBase else { return }
        firstBase = (firstBase + 1) % SunSpecWalk.bases.count
        state = .walking(SunSpecWalk(firstBase: firstBase))
    }

    /// Begins again, as for another device.
    mutating func restart() {
        if case .known(let map) = state, map.models.isEmpty { return }
        state = .walking(SunSpecWalk(firstBase: firstBase))
    }

    /// Gives the search up for a while; answers when it starts again.
    mutating func retry(now: Instant) -> Instant {
        let until = now + Self.pause
        state = .failed(until: until)
        return until
    }
}

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
            state = .walking(SunSpecWalk())
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

    /// Gives the search up for a while; answers when it starts again.
    mutating func retry(now: Instant) -> Instant {
        let until = now + Self.pause
        state = .failed(until: until)
        return until
    }
}

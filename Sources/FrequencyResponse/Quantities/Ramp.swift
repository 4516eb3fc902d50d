/// Clamps how fast a power may move. Each direction has its own limit; none means at once.
public struct Ramp: BitwiseCopyable, Sendable {
    /// Where the ramp stands.
    public private(set) var value: Watts

    package init(at value: Watts) { self.value = value }

    /// Moves towards `target` by no more than the rate (watts per second, zero or above) allows in `elapsed`.
    public mutating func update(
        towards target: Watts, risingPerSecond: Watts?, fallingPerSecond: Watts?, elapsed: Interval
    ) -> Watts {
        let wanted = target - value
        let limit = wanted > .zero ? risingPerSecond : fallingPerSecond
        if let limit {
            let reach = limit * elapsed.seconds
            value = wanted.magnitude <= reach ? target : value + (wanted > .zero ? reach : -reach)
        } else {
            value = target
        }
        return value
    }

    /// Stands at a value without moving there.
    public mutating func settle(at newValue: Watts) { value = newValue }
}

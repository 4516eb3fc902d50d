/// What the rules of a service say, with their source.
public struct ServiceRules: Sendable {
    /// The name in the site file.
    public var name: StaticString
    /// The full name, for people to read.
    public var title: StaticString
    /// The document that the figures come from.
    public var source: StaticString
    /// What of these figures was not read in the original rules; empty when all was.
    public var unverified: StaticString
    /// The same of its energy rules.
    public var unverifiedEnergy: StaticString = ""
    /// How fast the response has to be.
    public var timing = TimingRule()
    /// How long the full response must last.
    public var duration: Interval
    /// What would flow without the service.
    public var baselineRule = BaselineRule.scheduled
    /// The curve; nil for a service without one, or whose site file gives it.
    public var shape: CurveShape?
    /// How the response is made.
    public var method = ServiceMethod.continuous
    /// The nominal frequency that the service belongs to; nil where it serves any.
    public var nominalFrequency: Hertz?
    /// How energy is kept for it; nil where its rules name nothing.
    public var energy: EnergyRules?
    /// Whether stopped charging stays stopped until the event is over, although the curve would let it come back.
    public var guardsRebound = false
    /// The side that a service without a curve is sold on.
    public var sold = Direction.both

    /// The side that the service is sold on.
    public var direction: Direction { shape?.sides ?? sold }
}

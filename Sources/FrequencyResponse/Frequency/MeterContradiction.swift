/// Two meters that contradict each other, for status and log.
public struct MeterContradiction: BitwiseCopyable, Sendable, Equatable {
    /// The indices of the two in the site file.
    public var meters: (first: UInt8, second: UInt8) { pair.meters }
    var pair: MeterPair
    /// The index of the one that counts meanwhile, by the site file or by a person; nil where neither does.
    public var preferred: UInt8?
    /// The difference when they were compared last.
    public var difference: Hertz
    /// For how long it has lasted.
    public var lasted: Interval
}

/// Two of three meters, by the one that is not among them.
enum MeterPair: UInt8, BitwiseCopyable, Sendable {
    case firstSecond, firstThird, secondThird

    init?(_ left: Int, _ right: Int) {
        switch (min(left, right), max(left, right)) {
        case (0, 1): self = .firstSecond
        case (0, 2): self = .firstThird
        case (1, 2): self = .secondThird
        default: return nil
        }
    }

    var meters: (first: UInt8, second: UInt8) {
        switch self {
        case .firstSecond: (0, 1)
        case .firstThird: (0, 2)
        case .secondThird: (1, 2)
        }
    }

    func contains(_ index: Int) -> Bool { Int(meters.first) == index || Int(meters.second) == index }

    func other(than index: UInt8) -> UInt8 { meters.first == index ? meters.second : meters.first }
}

/// What a person says of a meter.
public struct MeterOrder: BitwiseCopyable, Sendable, Equatable {
    /// Differs from the order before.
    public var number: UInt32
    /// The index of the meter in the site file.
    public var meter: UInt8
    /// It shall be trusted, or distrusted.
    public var isTrusted: Bool

    /// An order on a meter.
    public init(number: UInt32, meter: UInt8, isTrusted: Bool) {
        self.number = number
        self.meter = meter
        self.isTrusted = isTrusted
    }
}

/// How a value stands in registers.
public enum RegisterType: String, Sendable, CaseIterable {
    case u16, s16, u32, s32, u64, s64, f32, f64

    /// How many registers it takes.
    public var registerCount: Int {
        switch self {
        case .u16, .s16: 1
        case .u32, .s32, .f32: 2
        case .u64, .s64, .f64: 4
        }
    }

    /// The value that SunSpec calls "not implemented"; a float says so with a NaN.
    public var notImplemented: UInt64? {
        switch self {
        case .u16: 0xFFFF
        case .s16: 0x8000
        case .u32: 0xFFFF_FFFF
        case .s32: 0x8000_0000
        case .u64: 0xFFFF_FFFF_FFFF_FFFF
        case .s64: 0x8000_0000_0000_0000
        case .f32, .f64: nil
        }
    }
}

/// Which of several registers comes first.
public enum WordOrder: String, Sendable, CaseIterable {
    case highFirst = "high_first"
    case lowFirst = "low_first"
}

/// Where a point is: at an address of the map, or at an offset from the ID word of a SunSpec model.
public enum Location: Hashable, Sendable {
    case address(UInt16)
    case model(UInt16, offset: UInt16)
}

/// What turns a raw number into the unit.
public enum Scale: Hashable, Sendable {
    case factor(Double)
    /// A SunSpec scale factor: the value is multiplied by ten to this register's power.
    case exponent(Location)
}

/// One value in a device's registers, and what it means.
public struct Point: Hashable, Sendable {
    /// Where it is.
    public var location: Location
    /// The type of its registers.
    public var type: RegisterType
    /// The order of its registers.
    public var wordOrder: WordOrder = .highFirst
    /// How its value is scaled.
    public var scale: Scale = .factor(1)
    /// Whether the device counts the other way round from us (SunSpec: positive is generation).
    public var isNegated = false
    /// Raw values that mean "not available".
    public var notAvailable: [UInt64] = []
    /// What the device can truthfully say, in the unit; anything else counts as not available.
    public var valid: ClosedRange<Double>?

    package init(_ location: Location, _ type: RegisterType) {
        self.location = location
        self.type = type
    }

    /// The value in its unit; nil when the device says that it has none, or says something impossible.
    /// `exponent` is the scale factor's value where the point has one.
    public func decode(_ registers: [UInt16], exponent: Int? = nil) -> Double? {
        precondition(registers.count == type.registerCount, "a point was decoded from the wrong number of registers")
        let raw = (wordOrder == .highFirst ? registers : registers.reversed())
            .reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        guard !notAvailable.contains(raw), let number = number(raw), let scaled = scaled(number, exponent) else {
            return nil
        }
        let value = isNegated ? -scaled : scaled
        if let valid { return valid.contains(value) ? value : nil }
        return value
    }

    /// The smallest step of its value: that of its scale; nil while the scale factor is not known or not valid.
    public func step(exponent: Int?) -> Double? {
        switch scale {
        case .factor(let factor): factor.magnitude
        case .exponent: exponent.flatMap { Self.powerOfTen($0) }
        }
    }

    /// The registers for a value, rounded to the point's step; nil when it does not fit or is no number.
    public func encode(_ value: Double, exponent: Int? = nil) -> [UInt16]? {
        guard let unscaled = unscaled(isNegated ? -value : value, exponent), let raw = raw(unscaled) else { return nil }
        let count = type.registerCount
        let words = (0..<count).map { UInt16(truncatingIfNeeded: raw >> UInt64(16 * (count - 1 - $0))) }
        return wordOrder == .highFirst ? words : words.reversed()
    }

    private func number(_ raw: UInt64) -> Double? {
        switch type {
        case .u16, .u32, .u64: return Double(raw)
        case .s16: return Double(Int16(bitPattern: UInt16(raw)))
        case .s32: return Double(Int32(bitPattern: UInt32(raw)))
        case .s64: return Double(Int64(bitPattern: raw))
        case .f32:
            let value = Double(Float(bitPattern: UInt32(raw)))
            return value.isFinite ? value : nil
        case .f64:
            let value = Double(bitPattern: raw)
            return value.isFinite ? value : nil
        }
    }

    private func raw(_ number: Double) -> UInt64? {
        guard number.isFinite else { return nil }
        switch type {
        case .f32: return UInt64(Float(number).bitPattern)
        case .f64: return number.bitPattern
        case .u16: return UInt16(exactly: number.rounded()).map { UInt64($0) }
        case .u32: return UInt32(exactly: number.rounded()).map { UInt64($0) }
        case .u64: return UInt64(exactly: number.rounded())
        case .s16: return Int16(exactly: number.rounded()).map { UInt64(UInt16(bitPattern: $0)) }
        case .s32: return Int32(exactly: number.rounded()).map { UInt64(UInt32(bitPattern: $0)) }
        case .s64: return Int64(exactly: number.rounded()).map { UInt64(bitPattern: $0) }
        }
    }

    private func scaled(_ number: Double, _ exponent: Int?) -> Double? {
        switch scale {
        case .factor(let factor): return Self.times(number, factor)
        case .exponent: return exponent.flatMap { Self.powerOfTen($0) }.map { Self.times(number, $0) }
        }
    }

    private func unscaled(_ value: Double, _ exponent: Int?) -> Double? {
        switch scale {
        case .factor(let factor): return Self.over(value, factor)
        // Nothing is nothing in every scale: zero power can be written before a scale factor was read.
        case .exponent where value == 0: return 0
        case .exponent: return exponent.flatMap { Self.powerOfTen($0) }.map { Self.over(value, $0) }
        }
    }

    /// A factor of 0.01 divides by 100, which is exact where multiplying is not.
    private static func times(_ number: Double, _ factor: Double) -> Double {
        divisor(of: factor).map { number / $0 } ?? number * factor
    }

    private static func over(_ number: Double, _ factor: Double) -> Double {
        divisor(of: factor).map { number * $0 } ?? number / factor
    }

    /// The whole number that a factor such as 0.01 is one over; nil for every other factor.
    private static func divisor(of factor: Double) -> Double? {
        let whole = (1 / factor).rounded()
        return factor < 1 && abs(1 / factor - whole) < 1e-9 * whole ? whole : nil
    }

    /// SunSpec allows -10 to 10; 0x8000 and everything else means that there is no scale factor.
    private static func powerOfTen(_ exponent: Int) -> Double? {
        guard (-10...10).contains(exponent) else { return nil }
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return exponent < 0 ? 1 / power : power
    }
}

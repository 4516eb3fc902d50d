/// A physical quantity in its base unit, kept apart from every other one by its type.
///
/// Only operations with a physical meaning exist: quantities of one kind add and compare, a plain number
/// scales them, and dividing two of a kind gives a plain number.
public protocol Quantity: BitwiseCopyable, Sendable, Comparable {
    /// The magnitude in the base unit that the type's name states.
    var value: Double { get set }
    init(_ value: Double)
}

extension Quantity {
    /// None of the quantity.
    @inlinable public static var zero: Self { Self(0) }
    /// The sum.
    @inlinable public static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    /// The difference.
    @inlinable public static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    /// The same size with the other sign.
    @inlinable public static prefix func - (operand: Self) -> Self { Self(-operand.value) }
    /// So many times the quantity.
    @inlinable public static func * (left: Self, factor: Double) -> Self { Self(left.value * factor) }
    /// A part of the quantity.
    @inlinable public static func / (left: Self, divisor: Double) -> Self { Self(left.value / divisor) }
    /// How many times the one is in the other.
    @inlinable public static func / (left: Self, right: Self) -> Double { left.value / right.value }
    /// Adds another.
    @inlinable public static func += (left: inout Self, right: Self) { left = left + right }
    /// Subtracts another.
    @inlinable public static func -= (left: inout Self, right: Self) { left = left - right }
    /// Whether one is below the other; false for NaN.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    // Written out, since what `Comparable` makes of `<` alone would let a NaN through every `<=` and `>=`.
    /// Whether one is above the other; false for NaN.
    @inlinable public static func > (left: Self, right: Self) -> Bool { left.value > right.value }
    /// Whether one is at most the other; false for NaN.
    @inlinable public static func <= (left: Self, right: Self) -> Bool { left.value <= right.value }
    /// Whether one is at least the other; false for NaN.
    @inlinable public static func >= (left: Self, right: Self) -> Bool { left.value >= right.value }
    /// Whether both are equal; false for NaN.
    @inlinable public static func == (left: Self, right: Self) -> Bool { left.value == right.value }

    /// The size without the sign.
    @inlinable public var magnitude: Self { value < 0 ? Self(-value) : self }

    /// The nearest value within the range; a NaN becomes the lower bound, so that it never passes through.
    @inlinable public func clamped(to range: ClosedRange<Self>) -> Self {
        if self > range.upperBound { return range.upperBound }
        if self >= range.lowerBound { return self }
        return range.lowerBound
    }
}

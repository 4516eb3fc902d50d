/// Is shown the fields of a value one after another, by name and always in the same order.
///
/// Encoding, decoding, comparing and checking values are visitors, so that a type names its fields in one place only.
/// A visitor may change what it is shown.
package protocol FieldVisitor {
    /// The field with this name begins; ``end()`` follows.
    mutating func begin(_ name: StaticString)
    /// The element with this index begins; ``end()`` follows.
    mutating func begin(_ index: Int)
    /// The field or element that began last ends.
    mutating func end()
    /// Takes an integer, a flag as 0 or 1, or an enumeration by its number.
    mutating func take(_ value: inout Int64)
    /// Takes a number.
    mutating func take(_ value: inout Double)
    /// Takes an instant.
    mutating func take(_ value: inout Instant)
    /// The visitor gave a number that the field can't hold.
    mutating func refuse()
}

/// A value that names its fields.
package protocol Visitable {
    /// The value before anything is known of it.
    static var blank: Self { get }
    /// Shows all fields to a visitor, in order.
    mutating func visit(_ visitor: inout some FieldVisitor)
}

extension FieldVisitor {
    /// Shows one field.
    package mutating func visit(_ name: StaticString, _ value: inout some Visitable) {
        begin(name)
        value.visit(&self)
        end()
    }
}

extension Visitable where Self: FixedWidthInteger {
    package static var blank: Self { 0 }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        var integer = Int64(truncatingIfNeeded: self)
        visitor.take(&integer)
        guard let value = Self(exactly: integer) else { return visitor.refuse() }
        self = value
    }
}

extension Int8: Visitable {}
extension Int32: Visitable {}
extension Int64: Visitable {}
extension UInt8: Visitable {}
extension UInt32: Visitable {}

extension Visitable where Self: RawRepresentable, RawValue: FixedWidthInteger {
    package mutating func visit(_ visitor: inout some FieldVisitor) {
        var number = Int64(rawValue)
        visitor.take(&number)
        guard let raw = RawValue(exactly: number), let value = Self(rawValue: raw) else { return visitor.refuse() }
        self = value
    }
}

extension Bool: Visitable {
    package static var blank: Self { false }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        var number: Int64 = self ? 1 : 0
        visitor.take(&number)
        guard number == 0 || number == 1 else { return visitor.refuse() }
        self = number == 1
    }
}

extension Double: Visitable {
    package static var blank: Self { 0 }

    package mutating func visit(_ visitor: inout some FieldVisitor) { visitor.take(&self) }
}

extension Instant: Visitable {
    package static var blank: Self { Self(nanoseconds: 0) }

    package mutating func visit(_ visitor: inout some FieldVisitor) { visitor.take(&self) }
}

extension Interval: Visitable {
    package static var blank: Self { .zero }

    package mutating func visit(_ visitor: inout some FieldVisitor) { visitor.take(&nanoseconds) }
}

extension Visitable where Self: Quantity {
    package static var blank: Self { .zero }

    package mutating func visit(_ visitor: inout some FieldVisitor) { visitor.take(&value) }
}

extension Watts: Visitable {}
extension WattHours: Visitable {}
extension Hertz: Visitable {}
extension Volts: Visitable {}
extension Ratio: Visitable {}

extension Optional: Visitable where Wrapped: Visitable {
    package static var blank: Self { nil }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        var isKnown = false
        if case .some = self { isKnown = true }
        visitor.visit("is_known", &isKnown)
        guard isKnown else {
            self = nil
            return
        }
        var value = self ?? .blank
        visitor.visit("value", &value)
        self = value
    }
}

extension InlineArray: Visitable where Element: Visitable {
    package static var blank: Self { Self(repeating: .blank) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        for index in indices {
            visitor.begin(index)
            self[index].visit(&visitor)
            visitor.end()
        }
    }
}

/// A device's answer that is not data.
public struct ExceptionCode: RawRepresentable, Equatable, Sendable, BitwiseCopyable {
    /// The code.
    public var rawValue: UInt8
    /// The exception of a code.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The device does not know the function.
    public static var illegalFunction: Self { Self(rawValue: 1) }
    /// The device has no such register.
    public static var illegalAddress: Self { Self(rawValue: 2) }
    /// The device does not take the value.
    public static var illegalValue: Self { Self(rawValue: 3) }
    /// The device has failed.
    public static var deviceFailure: Self { Self(rawValue: 4) }
    /// The device is busy; the request may be repeated.
    public static var busy: Self { Self(rawValue: 6) }
    /// A gateway got no answer from the device behind it.
    public static var gatewayNoAnswer: Self { Self(rawValue: 11) }

    /// Who answers, and what follows from it.
    public enum Meaning: Sendable {
        /// The device itself refuses.
        case refused
        /// The device takes the request later: it may be repeated.
        case later
        /// A gateway answers for a device that it does not reach. The device has said nothing.
        case unreachable
    }

    /// The meaning by the Modbus application protocol, V1.1b3, section 7.
    public var meaning: Meaning {
        switch rawValue {
        case 5, 6: .later
        case 10, 11: .unreachable
        default: .refused
        }
    }

    /// The name of the Modbus application protocol; nil for a code that it does not have.
    public var name: String? {
        switch rawValue {
        case 1: "illegal function"
        case 2: "illegal data address"
        case 3: "illegal data value"
        case 4: "device failure"
        case 5: "acknowledge"
        case 6: "device busy"
        case 7: "negative acknowledge"
        case 8: "memory parity error"
        case 10: "gateway path unavailable"
        case 11: "gateway target did not respond"
        default: nil
        }
    }
}

/// An act of a person, asked of a running daemon.
public enum OperatorAct: String, Codable, Sendable, CaseIterable {
    /// The site shall be armed.
    case arm
    /// The site shall not be armed.
    case disarm
    /// A meter's frequency shall count.
    case trust
    /// A meter shall count as lost.
    case distrust
    /// A charger shall have zero power and no supply, since a person works at it.
    case lock
    /// It may have power again.
    case unlock
    /// Which chargers are locked.
    case locks
    /// What the daemon says of its meters.
    case meters
}

/// One request. Fields that are not known are ignored.
public struct OperatorRequest: Codable, Sendable, Equatable {
    /// What is asked for.
    public var act: OperatorAct
    /// The name of the meter, for acts on one.
    public var meter: String?
    /// The name of the charger, for acts on one.
    public var charger: String?
    /// Why.
    public var reason: String?

    /// A request.
    public init(_ act: OperatorAct, meter: String? = nil, charger: String? = nil, reason: String? = nil) {
        self.act = act
        self.meter = meter
        self.charger = charger
        self.reason = reason
    }
}

/// What came of a request.
public struct OperatorAnswer: Codable, Sendable, Equatable {
    /// It was done.
    public var isAccepted: Bool
    /// Sentences for the person, one in a line.
    public var text: String

    /// An answer.
    public init(isAccepted: Bool, text: String) {
        self.isAccepted = isAccepted
        self.text = text
    }

    /// It was done.
    public static func accepted(_ text: String) -> Self { Self(isAccepted: true, text: text) }
    /// Nothing was done.
    public static func refused(_ text: String) -> Self { Self(isAccepted: false, text: text) }
}

/// The first packet of either side.
public struct Hello: Codable, Sendable, Equatable {
    /// The version of the protocol that this side speaks.
    public static var version: Int { 1 }

    /// The version of the protocol.
    public var protocolVersion: Int
    /// The program with its version.
    public var program: String

    /// What this side says.
    public init(program: String, protocolVersion: Int = version) {
        self.protocolVersion = protocolVersion
        self.program = program
    }

    private enum CodingKeys: String, CodingKey {
        case protocolVersion = "protocol"
        case program
    }
}

/// One packet: a JSON object with one of these.
struct Packet: Codable {
    var hello: Hello?
    var request: OperatorRequest?
    var answer: OperatorAnswer?

    /// The most bytes of a packet.
    static var countMax: Int { 65_536 }
}

public import FrequencyResponse

/// What a charger does by itself while it is not under control.
public enum EndState: Sendable, Equatable {
    /// It holds this power, positive for charging.
    case power(Watts)
    /// It charges with up to the `charge_limit` of the site file, which has to be its own rating.
    case chargeLimit
    /// It is not known. It counts as charging with all that the profile allows.
    case unknown
}

/// What a charger does by itself, in the three ways in which control ends.
public struct EndStates: Sendable, Equatable {
    /// Once its own timeout has run out. For a device without a timeout: for as long as nobody controls it.
    public var afterTimeout: EndState
    /// Once its supply has come back.
    public var afterPowerReturn: EndState
    /// While a person, an app or a schedule of the device controls it.
    public var afterLocalTakeover: EndState

    package init(afterTimeout: EndState, afterPowerReturn: EndState, afterLocalTakeover: EndState) {
        self.afterTimeout = afterTimeout
        self.afterPowerReturn = afterPowerReturn
        self.afterLocalTakeover = afterLocalTakeover
    }

    /// Nothing is known.
    package static let unknown = EndStates(
        afterTimeout: .unknown, afterPowerReturn: .unknown, afterLocalTakeover: .unknown)

    /// All three with their names in words.
    public var all: [(name: String, state: EndState)] {
        [
            ("after its timeout", afterTimeout), ("after a return of its supply", afterPowerReturn),
            ("under local control", afterLocalTakeover),
        ]
    }
}

public import FrequencyResponse
public import Modbus

/// A device as Modbus sees it. Time comes in; nothing goes out but answers.
public protocol SimulatedDevice: Sendable {
    /// Moves the device on to a time.
    mutating func advance(to now: Instant)
    /// Answers one request that came in at the device's time.
    mutating func answer(_ request: Request) -> Answer
}

/// A simulated charger, whatever its registers look like.
public protocol SimulatedCharger: SimulatedDevice {
    /// The power at its terminals.
    var power: Watts { get }
    var vehicle: Vehicle { get }
    /// What it was last told and still follows; zero when it idles.
    var commanded: Watts { get }
    /// Some message came: what a timeout fed by any traffic wants to hear.
    mutating func hear()
    /// Its supply was away and has come back: it does what it does by itself then.
    mutating func returnSupply()
}

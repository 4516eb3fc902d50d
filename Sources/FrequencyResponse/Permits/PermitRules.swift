/// When a site's permits open and close.
public struct PermitRules: BitwiseCopyable, Sendable, Equatable {
    /// How long power may flow after a stop before the permit opens all the same.
    public var stopDeadline: Interval
    /// How long chargers may need to answer once they have their supply.
    public var startTime: Interval
    /// How long a supply stays cut at least.
    public var pause: Interval
    /// How long the relay that the heartbeat feeds holds the coils without an edge; nil where the site has none.
    public var relayTime: Interval?

    /// The same for one charger.
    var times: ChargerSupply.Times {
        ChargerSupply.Times(stopDeadline: stopDeadline, pause: pause, start: startTime)
    }

    package init(
        stopDeadline: Interval, startTime: Interval = .seconds(180), pause: Interval = .seconds(10),
        relayTime: Interval? = nil
    ) {
        self.stopDeadline = stopDeadline
        self.startTime = startTime
        self.pause = pause
        self.relayTime = relayTime
    }
}

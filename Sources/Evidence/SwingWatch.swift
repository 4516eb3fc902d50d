public import FrequencyResponse

/// Turns what the watch for a swing of the site's own finds into sentences for the log: one for every change.
public struct SwingWatch: Sendable {
    private var phase = SwingDetector.Phase.watching
    private var begin: Instant?
    private var withheld = WattHours.zero
    private var last: Instant?

    package init() {}

    /// Moves on by a tick; nil while there is nothing new to say.
    public mutating func update(_ outputs: TickOutputs, now: Instant) -> String? {
        let swing = outputs.swing
        if let last { withheld += swing.withheld.magnitude.energy(over: now.elapsed(since: last)) }
        last = now
        guard swing.phase != phase else { return nil }
        let before = phase
        phase = swing.phase
        if before == .watching {
            begin = now
            withheld = .zero
        }
        return sentence(swing, before: before, now: now)
    }

    private func sentence(_ swing: SwingOutputs, before: SwingDetector.Phase, now: Instant) -> String {
        switch swing.phase {
        case .noticed: "\(Self.shown(swing.evidence)); the cause is not proven, and the response stays as it is"
        case .trying:
            "\(Self.shown(swing.evidence)); the swinging part of the response is withdrawn to see whether it ends"
        case .damping:
            """
            it has ended\(swing.evidence.wasQuiet ? ", or frequency stands still," : "") with the response withdrawn \
            (cause not proven); the response is restored in steps, the first in \(Formatting.minutes(swing.timeLeft))
            """
        case .notOwn:
            """
            it goes on without the response, so it has another cause; the response is given again, and the next swing \
            is tried after \(Formatting.minutes(swing.timeLeft)) at the earliest; \(total(now))
            """
        case .watching:
            switch before {
            case .damping: "the response is restored; \(total(now))"
            default: "it has ended; \(total(now))"
            }
        }
    }

    /// How long it went on, and the energy that was withheld.
    private func total(_ now: Instant) -> String {
        let length = Formatting.seconds(begin.map { now.elapsed(since: $0) } ?? .zero)
        return "noticed \(length) ago, \(Formatting.fixed(withheld.value / 1_000, 3)) kWh withheld"
    }

    private static func shown(_ evidence: SwingEvidence) -> String {
        let correlation = evidence.signedDetermination.magnitude.squareRoot()
        let heights = (0..<4).map { evidence.heights[$0] }.filter { $0 > .zero }
            .map { Formatting.fixed($0.value, 2) }.joined(separator: ", ")
        return
            """
            frequency swings with a period of \(Formatting.seconds(evidence.period)), by \(heights) Hz from peak to \
            peak, and the power of the chargers with it (standard deviation \
            \(Formatting.kilowatts(Watts(evidence.powerVariance.squareRoot()), decimals: 2)), correlation \
            \(Formatting.fixed(evidence.signedDetermination < 0 ? -correlation : correlation, 2)))
            """
    }
}

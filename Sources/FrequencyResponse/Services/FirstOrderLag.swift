/// A first-order lag in its trapezoidal (bilinear) form, stated by its open-loop response time:
/// the time in which it covers 90 % of a step (IEEE 1547-2018, clause 6.5.2.7; 2.3 time constants).
///
/// The trapezoidal form is stable for any step of time and sees an input step half a sample late.
public struct FirstOrderLag: BitwiseCopyable, Sendable {
    /// ln 10, the number of time constants to 90 %. A literal, since the core calls no mathematics library.
    private static var timeConstantsTo90Percent: Double { 2.302585092994046 }

    private var input: Double = 0
    /// Where the lag stands.
    public private(set) var output: Double = 0

    package init() {}

    /// Moves the lag on by `elapsed` towards `input`. A response time of zero passes the input through.
    public mutating func update(_ newInput: Double, responseTime: Interval, elapsed: Interval) -> Double {
        let twiceTimeConstant = 2 * responseTime.seconds / Self.timeConstantsTo90Percent
        let step = elapsed.seconds
        if twiceTimeConstant <= 0 {
            output = newInput
        } else if step > twiceTimeConstant {
            // A step longer than the trapezoid can follow would overshoot; the backward form never does.
            output += step * (newInput - output) / (twiceTimeConstant / 2 + step)
        } else {
            output += step * (newInput + input - 2 * output) / (twiceTimeConstant + step)
        }
        input = newInput
        return output
    }

    /// Brings the lag to what is asked at most: after a time without input it goes on from where it was, but never
    /// beyond.
    public mutating func limit(to aim: Double) {
        settle(at: output * aim <= 0 ? 0 : output > 0 ? min(output, aim) : max(output, aim))
    }

    /// Makes the lag stand at a value, as after a withdrawal.
    public mutating func settle(at value: Double) {
        input = value
        output = value
    }
}

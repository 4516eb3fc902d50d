import FrequencyResponse

/// Whether a device keeps the setpoint that it acknowledged: its register is read again after every reading of its
/// state, and compared.
///
/// Another master that writes to the same register, or a device that quietly limits what it is told, is found this way,
/// whatever its power does.
struct ReadBack: Sendable {
    /// One unlucky moment is no finding: the write and the reading are two requests.
    private static var mismatchesMost: Int { 2 }
    /// A device that can't be asked costs no more than this many requests.
    private static var failuresMost: Int { 2 }

    var isDue = false
    private var mismatches = 0
    private var failures = 0

    mutating func ask() { isDue = failures < Self.failuresMost }

    /// Whether a finding has just been made: the register held something else for the second time in a row. `step` is
    /// the device's resolution.
    mutating func judge(held: Double?, written: Double?, step: Double) -> Bool {
        isDue = false
        failures = 0
        guard let written, let held, abs(held - written) <= step * 0.501 else {
            mismatches += 1
            return mismatches == Self.mismatchesMost
        }
        mismatches = 0
        return false
    }

    mutating func failed() {
        isDue = false
        failures += 1
    }
}

import FrequencyResponse
import Journal

/// A contradiction of two meters as a sentence.
enum ContradictionText {
    static func line(_ contradiction: MeterContradiction, meters: [String]) -> String {
        func name(_ index: UInt8) -> String { Int(index) < meters.count ? meters[Int(index)] : "meter \(index + 1)" }
        let pair = contradiction.meters
        let counts =
            contradiction.preferred.map { "\(name($0)) counts meanwhile" }
            ?? "the smaller response is given; `droopd meter trust NAME` says which one is right"
        let difference =
            contradiction.difference == .zero
            ? "" : " by \(Formatting.fixed(contradiction.difference.value, 3)) Hz"
        return """
            \(name(pair.first)) and \(name(pair.second)) contradict each other\(difference), for \
            \(Formatting.fixed(contradiction.lasted.seconds, 0)) s; \(counts)
            """
    }
}

/// Locked chargers as sentences.
enum LockText {
    static func line(_ charger: String, _ lock: BayLock) -> String {
        "\(charger): locked by \(lock.by) at \(lock.at): \(lock.reason)"
    }

    static func all(_ locks: [String: BayLock]) -> String {
        locks.isEmpty
            ? "no charger is locked"
            : locks.sorted { $0.key < $1.key }.map { line($0.key, $0.value) }.joined(separator: "\n")
    }
}

/// What becomes of rows that bear the stamp of the row above.
///
/// A few are repeats and are left out. Where stamps are cut to a coarser step and most of them stand over the same
/// number of rows, the rows are spread evenly over the step. Anything else is not one recording, or its stamps are
/// spoiled, and is refused.
struct RepeatedStamps {
    /// The decision for a recording.
    enum Finding: Equatable {
        case none
        /// So many rows repeat a stamp and are left out.
        case repeats(Int)
        /// So many rows share a stamp; the times to use instead.
        case spread(Int, times: [Int64])
        /// So many rows repeat a stamp, which is too many; the index of the first.
        case spoiled(Int, first: Int)
    }

    private static var repeatsMost: Double { 0.03 }

    static func judge(_ times: [Int64]) -> Finding {
        let repeated = zip(times, times.dropFirst()).count { $0 == $1 }
        guard repeated > 0 else { return .none }
        if Double(repeated) <= Double(times.count) * repeatsMost || repeated == 1 { return .repeats(repeated) }
        if let spread = spread(times) { return .spread(repeated, times: spread) }
        let first = times.indices.dropFirst().first { times[$0] == times[$0 - 1] } ?? 0
        return .spoiled(repeated, first: first)
    }

    /// The runs of equal stamps: where each begins, and its length.
    private static func runs(_ times: [Int64]) -> [(start: Int, count: Int)] {
        var runs: [(start: Int, count: Int)] = []
        for index in times.indices {
            if let last = runs.last, times[last.start] == times[index] {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((index, 1))
            }
        }
        return runs
    }

    /// Nil unless nine in ten of the inner runs have the usual length, give or take one row or a tenth, and follow each
    /// other by the usual step.
    private static func spread(_ times: [Int64]) -> [Int64]? {
        let runs = runs(times)
        guard runs.count >= 3 else { return nil }
        let inner = runs.dropFirst().dropLast()
        let usual = inner.map(\.count).sorted()[inner.count / 2]
        let steps = zip(runs, runs.dropFirst()).map { times[$1.start].subtractingReportingOverflow(times[$0.start]) }
            .map { $0.overflow ? -1 : $0.partialValue }
        let step = steps.sorted()[steps.count / 2]
        guard usual >= 2, step > 0 else { return nil }
        let slack = max(1, usual / 10)
        let regular = inner.count { abs($0.count - usual) <= slack }
        let steady = steps.count { $0 == step }
        guard regular * 10 >= inner.count * 9, steady * 10 >= steps.count * 9 else { return nil }
        var spread: [Int64] = []
        spread.reserveCapacity(times.count)
        for (number, run) in runs.enumerated() {
            // The first run may begin, and the last one end, within its step.
            let parts = number == 0 || number == runs.count - 1 ? max(usual, run.count) : run.count
            let skipped = number == 0 ? parts - run.count : 0
            for index in 0..<run.count {
                let (product, isTooLarge) = step.multipliedReportingOverflow(by: Int64(index + skipped))
                guard !isTooLarge else { return nil }
                spread.append(times[run.start] + product / Int64(parts))
            }
        }
        return spread
    }
}

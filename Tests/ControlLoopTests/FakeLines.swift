import FrequencyResponse
import GPIO
import Realtime
import TestSupport

@testable import ControlLoop

/// Lines in memory, with what was done to them in order.
final class FakeLines: SiteLines, Sendable {
    struct State {
        var levels: [Bool]
        var edges: [[LineEdge]]
        var isGone: Set<Int> = []
        /// Outputs that can't be driven any more.
        var isStuck: Set<Int> = []
        var outputs: [Int: Bool] = [:]
        var log: [String] = []
        var count = 0
    }
    let state: Locked<State>
    let bell: LineBell

    init(levels: [Bool], bell: LineBell) {
        state = Locked(State(levels: levels, edges: levels.map { _ in [] }))
        self.bell = bell
    }

    func wait(nanoseconds: Int64) -> UInt64 {
        // As the bank does: a ring, an edge, or the time.
        let end = LiveClock.now() + Interval(nanoseconds: min(nanoseconds, 2_000_000))
        while true {
            let ready = state.withLock { state in
                state.edges.indices.reduce(UInt64(0)) {
                    $0 | (state.edges[$1].isEmpty && !state.isGone.contains($1) ? 0 : 1 << UInt64($1))
                }
            }
            if ready != 0 || LiveClock.now() >= end { return ready }
        }
    }

    func nextEdge(input: Int) throws(LineRefusal) -> LineEdge? {
        let result = state.withLock { state -> Result<LineEdge?, LineRefusal> in
            if state.isGone.contains(input) { return .failure(.failed(errno: 19)) }
            return .success(state.edges[input].isEmpty ? nil : state.edges[input].removeFirst())
        }
        return try result.get()
    }

    func isHigh(input: Int) throws(LineRefusal) -> Bool {
        try state.withLock { state -> Result<Bool, LineRefusal> in
            state.isGone.contains(input) ? .failure(.failed(errno: 19)) : .success(state.levels[input])
        }.get()
    }

    func drive(output: Int, high: Bool) throws(LineRefusal) {
        let isStuck = state.withLock { state -> Bool in
            if state.isStuck.contains(output) { return true }
            state.outputs[output] = high
            state.log.append("\(output) \(high ? "high" : "low")")
            return false
        }
        if isStuck { throw .failed(errno: 19) }
    }

    func move(_ input: Int, high: Bool, withEdge: Bool = true) {
        state.withLock {
            $0.levels[input] = high
            if withEdge {
                $0.edges[input].append(LineEdge(input: input, isHigh: high, at: LiveClock.now().nanoseconds))
            }
        }
    }
}

public import FrequencyResponse
public import Modbus
import ModbusTransport
import Realtime
import Synchronization

/// Serves a site as one SunSpec DER on Modbus TCP, on a thread of its own that nothing of control waits for.
public final class SiteServer: Sendable {
    private struct State {
        var image: SiteImage
        var news: SiteSnapshot?
    }

    private let state: Mutex<State>
    private let stopped = Atomic<Bool>(false)
    private let thread: Mutex<RealtimeThread?> = Mutex(nil)
    /// The port that it listens at.
    public let port: UInt16
    private static var clientCountMax: Int { 16 }

    /// Starts serving. `writers` are the numeric addresses that may write. `steer` is given, at least five times a
    /// second, what is asked of the baseline, and `say` the lines for the log.
    public init(
        _ facts: SiteNameplate, address: String, port: UInt16, writers: [String],
        steer: @escaping @Sendable (Watts?, Instant) -> Void, say: @escaping @Sendable (String) -> Void
    ) throws(ModbusError) {
        var server = ModbusServer(clientCountMax: Self.clientCountMax, preferred: writers)
        self.port = try server.listen(address: address, port: port)
        state = Mutex(State(image: SiteImage(facts, mayBeWritten: !writers.isEmpty)))
        let handle = ThreadOwned(server)
        let started = RealtimeThread(name: "sunspec") { [self] in
            handle.run { server in
                var log = WriteLog()
                while !stopped.load(ordering: .acquiring) {
                    let now = LiveClock.now()
                    let (request, news) = state.withLock { state in
                        state.image.show(state.news, now: now)
                        return (state.image.request(now: now), state.image.takeNews())
                    }
                    steer(request, now)
                    if let line = news.flatMap({ log.line($0, from: "", now: now) }) { say(line) }
                    for line in log.repetitions(now: now) { say(line) }
                    server.serve(for: 100) { origin, request in
                        let now = LiveClock.now()
                        let (answer, news) = state.withLock { state in
                            let mayWrite = writers.contains(origin.address)
                            return (state.image.answer(request, mayWrite: mayWrite, now: now), state.image.takeNews())
                        }
                        if let line = news.flatMap({ log.line($0, from: origin.address, now: now) }) { say(line) }
                        return answer
                    }
                }
            }
        }
        thread.withLock { $0 = started }
    }

    /// Shows what a tick has brought.
    public func show(_ news: SiteSnapshot) { state.withLock { $0.news = news } }

    /// Ends the server and waits for it.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        thread.withLock { thread in
            _ = thread?.join(within: .seconds(5))
            thread = nil
        }
    }
}

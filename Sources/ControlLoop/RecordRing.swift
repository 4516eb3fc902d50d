import Synchronization

/// A queue of fixed capacity from one writer thread to one reader thread. When it is full the record is dropped and
/// counted.
///
/// Safety of `@unchecked Sendable`: the writer touches only the free slots and the reader only the filled ones; a slot
/// changes sides by the release store of `head` or `tail`, which pairs with the acquire load on the other side.
@safe public final class RecordRing<Record: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Record>
    private let mask: Int
    private let head = Atomic<Int>(0)
    private let tail = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// `capacity` is a power of two; `filler` only fills the memory.
    public init(capacity: Int, filler: Record) {
        precondition(capacity > 1 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two")
        unsafe slots = UnsafeMutablePointer.allocate(capacity: capacity)
        unsafe slots.initialize(repeating: filler, count: capacity)
        mask = capacity - 1
    }

    deinit { unsafe slots.deallocate() }

    /// How many records were dropped since the start.
    public var dropCount: Int { dropped.load(ordering: .relaxed) }

    /// How many records fit now. Writer thread only.
    public var room: Int { mask + 1 - (head.load(ordering: .relaxed) - tail.load(ordering: .acquiring)) }

    /// Adds a record, or counts it as dropped. Writer thread only.
    public func push(_ record: Record) {
        guard room > 0 else {
            countDrop()
            return
        }
        let position = head.load(ordering: .relaxed)
        unsafe slots[position & mask] = record
        head.store(position + 1, ordering: .releasing)
    }

    /// Counts a record that found no room.
    public func countDrop() { dropped.wrappingAdd(1, ordering: .relaxed) }

    /// The oldest record, or nil. Reader thread only.
    public func pop() -> Record? {
        let position = tail.load(ordering: .relaxed)
        guard position != head.load(ordering: .acquiring) else { return nil }
        let record = unsafe slots[position & mask]
        tail.store(position + 1, ordering: .releasing)
        return record
    }
}

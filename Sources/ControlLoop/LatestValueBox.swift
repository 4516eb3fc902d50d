import Synchronization

/// Hands the newest value from one writer thread to one reader thread, without locks and without a torn value.
///
/// Three slots: the writer owns one, the reader owns one, and the third lies between them. `state` holds the index of
/// the one between and whether it is fresh. Safety of `@unchecked Sendable`: a slot is touched only by the thread that
/// owns it, and ownership moves only by the exchange of `state`, whose release half pairs with the acquire half of the
/// other side's exchange.
@safe public final class LatestValueBox<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private static var freshBit: UInt8 { 4 }
    private let slots: UnsafeMutablePointer<Value>
    private let state = Atomic<UInt8>(1)
    /// Owned by the writer.
    private var back: UInt8 = 0
    /// Owned by the reader.
    private var front: UInt8 = 2

    package init(_ initial: Value) {
        unsafe slots = UnsafeMutablePointer.allocate(capacity: 3)
        unsafe slots.initialize(repeating: initial, count: 3)
    }

    deinit { unsafe slots.deallocate() }

    /// Publishes a value. Writer thread only.
    public func publish(_ value: Value) {
        unsafe slots[Int(back)] = value
        back = state.exchange(back | Self.freshBit, ordering: .acquiringAndReleasing) & 3
    }

    /// The newest value, and whether it is newer than the one of the last call. Reader thread only.
    public func latest() -> (value: Value, isNew: Bool) {
        let isNew = state.load(ordering: .relaxed) & Self.freshBit != 0
        if isNew { front = state.exchange(front, ordering: .acquiringAndReleasing) & 3 }
        return (unsafe slots[Int(front)], isNew)
    }
}

/// Carries a value that can't be copied into the thread that owns it from then on.
public final class ThreadOwned<Value: ~Copyable>: @unchecked Sendable {
    // Safety: the value is touched by the one thread that calls `run`, and by nobody before it.
    private var value: Value

    package init(_ value: consuming Value) { self.value = value }

    /// Works on the value, from the thread that owns it.
    public func run(_ body: (inout Value) -> Void) { body(&value) }
}

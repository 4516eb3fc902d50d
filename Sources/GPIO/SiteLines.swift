/// Why a line can't be used.
public enum LineRefusal: Error, Sendable, Equatable {
    case noChip(errno: Int32)
    /// With what the chip is called and how many lines it has.
    case noLine(label: String, lines: UInt32)
    /// Somebody holds it, with the name they gave.
    case taken(by: String)
    case failed(errno: Int32)
}

/// A change of level at an input, with the kernel's time.
public struct LineEdge: BitwiseCopyable, Sendable {
    /// The position of the input in the list of contacts.
    public var input: Int
    /// The level after the edge.
    public var isHigh: Bool
    /// Nanoseconds of CLOCK_BOOTTIME.
    public var at: Int64

    package init(input: Int, isHigh: Bool, at: Int64) {
        self.input = input
        self.isHigh = isHigh
        self.at = at
    }
}

/// The lines of a site, as its one thread uses them. Inputs and outputs are counted apart, in the order in which they
/// were asked for.
public protocol SiteLines {
    /// Waits for an edge, for a ring of the bell, or for so many nanoseconds. Bit n stands for input n, of at most 64,
    /// that has something to say.
    func wait(nanoseconds: Int64) -> UInt64
    /// The next edge that came at an input; nil when none waits. Throws when the line can't be read any more.
    func nextEdge(input: Int) throws(LineRefusal) -> LineEdge?
    func isHigh(input: Int) throws(LineRefusal) -> Bool
    func drive(output: Int, high: Bool) throws(LineRefusal)
}

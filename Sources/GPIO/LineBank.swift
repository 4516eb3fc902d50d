internal import CGPIO
public import Interlocks

/// Rings from any thread; ends the wait of the lines' thread.
@safe public final class LineBell: Sendable {
    fileprivate let descriptor: Int32

    package init() {
        descriptor = cgpio_bell_new()
        precondition(descriptor >= 0, "no descriptor for a bell")
    }

    deinit { cgpio_bell_free(descriptor) }

    /// Ends a wait.
    public func ring() { cgpio_bell_ring(descriptor) }
}

/// Requested lines of real chips, released together when the bank ends.
@safe public final class LineBank: SiteLines, @unchecked Sendable {
    // Safety: lines are asked for before the bank's thread starts; afterwards that thread alone touches them.
    private var inputs: [OpaquePointer?] = unsafe []
    private var outputs: [OpaquePointer] = unsafe []
    private let bell: LineBell
    private static let consumer = "droopd"

    package init(bell: LineBell) { self.bell = bell }

    deinit {
        unsafe (inputs + outputs).forEach { unsafe cgpio_release($0) }
    }

    /// Which version of libgpiod's API this program was compiled for.
    public static var version: Int32 { cgpio_version() }

    /// Asks for an input that nobody else holds.
    public func addInput(_ address: LineAddress, bias: LineBias) throws(LineRefusal) {
        var failure: Int32 = 0
        let offset = try Self.look(address)
        guard let line = unsafe cgpio_input(address.chip, offset, bias.rawValue, Self.consumer, &failure) else {
            throw .failed(errno: -failure)
        }
        unsafe inputs.append(line)
    }

    /// Asks for an output that is low or high from its first moment on.
    public func addOutput(_ address: LineAddress, high: Bool) throws(LineRefusal) {
        var failure: Int32 = 0
        let offset = try Self.look(address)
        guard let line = unsafe cgpio_output(address.chip, offset, high ? 1 : 0, Self.consumer, &failure) else {
            throw .failed(errno: -failure)
        }
        unsafe outputs.append(line)
    }

    private static func look(_ address: LineAddress) throws(LineRefusal) -> UInt32 {
        var info = cgpio_info()
        let result: Int32
        switch address.line {
        case .name(let name): result = unsafe cgpio_describe(address.chip, name, 0, &info)
        case .offset(let offset): result = unsafe cgpio_describe(address.chip, nil, offset, &info)
        }
        if result == -6 { throw .noLine(label: text(info.chip_label), lines: info.chip_lines) }
        guard result == 0 else { throw .noChip(errno: -result) }
        guard info.is_used == 0 else { throw .taken(by: text(info.consumer)) }
        return info.offset
    }

    /// The text of a C array of 64 bytes.
    private static func text(_ bytes: some Any) -> String {
        unsafe withUnsafeBytes(of: bytes) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    // MARK: The thread's calls

    /// Waits for an edge, a ring or the time; a bit for each input with an edge.
    public func wait(nanoseconds: Int64) -> UInt64 {
        var ready: UInt64 = 0
        let hasGone = unsafe inputs.withUnsafeBufferPointer {
            unsafe cgpio_wait($0.baseAddress, Int32($0.count), bell.descriptor, nanoseconds, &ready)
        }
        if hasGone != 0 {
            // Its lines end every wait at once; the others are looked at ten times as often as they have to be.
            var none: UInt64 = 0
            _ = unsafe cgpio_wait(nil, 0, bell.descriptor, min(nanoseconds, 5_000_000), &none)
        }
        return ready
    }

    /// The oldest edge of an input that was not taken yet; nil when there is none.
    public func nextEdge(input: Int) throws(LineRefusal) -> LineEdge? {
        var level: Int32 = 0
        var at: Int64 = 0
        let result = unsafe cgpio_edge(inputs[input], &level, &at)
        guard result >= 0 else { throw .failed(errno: -result) }
        return result == 1 ? LineEdge(input: input, isHigh: level == 1, at: at) : nil
    }

    /// The level of an input.
    public func isHigh(input: Int) throws(LineRefusal) -> Bool {
        let level = unsafe cgpio_get(inputs[input])
        guard level >= 0 else { throw .failed(errno: -level) }
        return level == 1
    }

    /// Sets the level of an output.
    public func drive(output: Int, high: Bool) throws(LineRefusal) {
        let result = unsafe cgpio_set(outputs[output], high ? 1 : 0)
        guard result == 0 else { throw .failed(errno: -result) }
    }
}

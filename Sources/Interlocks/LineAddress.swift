/// Where a line is: a chip by its name, path or (with version 1 of libgpiod) label, and a line of it by name or number.
public struct LineAddress: Sendable, Hashable, CustomStringConvertible {
    /// A line of a chip, by name or number.
    public enum Line: Sendable, Hashable {
        case name(String)
        case offset(UInt32)
    }

    /// The name, path or label of the chip.
    public var chip: String
    /// The line of the chip.
    public var line: Line

    package init(chip: String, line: Line) {
        self.chip = chip
        self.line = line
    }

    /// A phrase for messages and the log.
    public var description: String {
        switch line {
        case .name(let name): "\(chip) line \(name)"
        case .offset(let offset): "\(chip) line \(offset)"
        }
    }
}

/// The resistor inside the chip.
public enum LineBias: Int32, Sendable, CaseIterable {
    /// Left as the board has it.
    case asIs = 0
    case disabled = 1
    case pullUp = 2
    case pullDown = 3
}

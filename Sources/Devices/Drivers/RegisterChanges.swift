import Modbus

/// Counts the readings that differ from the reading before, register by register.
struct RegisterChanges: Sendable {
    private(set) var count: UInt32 = 0
    private var last: [RegisterBlock] = []

    mutating func take(_ reading: [RegisterBlock]) {
        let isSame =
            reading.count == last.count
            && reading.indices.allSatisfy { Self.areEqual(reading[$0], last[$0]) }
        guard !isSame else { return }
        count &+= 1
        last = reading
    }

    private static func areEqual(_ left: RegisterBlock, _ right: RegisterBlock) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left[$0] == right[$0] }
    }
}

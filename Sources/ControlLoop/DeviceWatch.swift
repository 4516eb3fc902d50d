public import FrequencyResponse
public import Modbus

/// Why a device is not in use.
public enum DeviceObstacle: BitwiseCopyable, Sendable, Equatable {
    /// A request failed.
    case failed(ModbusError, RequestPlace)
    /// It answers, and has no valid value of what it is there for.
    case noValue
    /// Its frequency is none that its profile can show.
    case implausible(Hertz)
    /// It lacks a SunSpec model that its profile needs.
    case missingModel(UInt16)
}

/// The registers that a request was for.
public struct RequestPlace: BitwiseCopyable, Sendable, Equatable {
    /// The function code.
    public var function: UInt8
    /// The first register.
    public var address: UInt16
    /// The number of registers.
    public var count: UInt16

    init(_ request: Request) {
        function = request.function
        switch request {
        case .read(_, let address, let count): (self.address, self.count) = (address, count)
        case .writeOne(let address, _): (self.address, count) = (address, 1)
        case .write(let address, let values): (self.address, count) = (address, UInt16(values.count))
        }
    }
}

/// What is said of a device that is not in use, or is again.
public struct DeviceReport: BitwiseCopyable, Sendable {
    /// Nil when the device is in use again.
    public var obstacle: DeviceObstacle?
    /// For how long it has not been in use.
    public var lasting: Interval
    /// How many times something stood in the way meanwhile.
    public var count: Int32
}

/// Says of one device that it is not in use: after a second, then every minute, and once when it is in use again.
struct DeviceWatch {
    private static var first: Interval { .seconds(1) }
    private static var repeated: Interval { .seconds(60) }

    private var usedAt: Instant
    private var saidAt: Instant?
    private var obstacle: DeviceObstacle?
    private var count: Int32 = 0

    init(now: Instant) { usedAt = now }

    /// Something stood in the way.
    mutating func note(_ newObstacle: DeviceObstacle) {
        obstacle = newObstacle
        count = count == .max ? count : count + 1
    }

    /// The device has given what it is there for. Returns what is to be said of that.
    mutating func used(now: Instant) -> DeviceReport? {
        defer {
            usedAt = now
            saidAt = nil
            obstacle = nil
            count = 0
        }
        guard saidAt != nil else { return nil }
        return DeviceReport(obstacle: nil, lasting: now.elapsed(since: usedAt), count: count)
    }

    /// What is to be said now; nil for nothing.
    mutating func report(now: Instant) -> DeviceReport? {
        guard let obstacle else { return nil }
        if let saidAt {
            guard now.elapsed(since: saidAt) >= Self.repeated else { return nil }
        } else {
            guard now.elapsed(since: usedAt) >= Self.first else { return nil }
        }
        saidAt = now
        return DeviceReport(obstacle: obstacle, lasting: now.elapsed(since: usedAt), count: count)
    }
}

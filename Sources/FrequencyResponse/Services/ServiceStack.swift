/// The services stacked on one site, the one with the highest priority first.
public struct ServiceStack: BitwiseCopyable, Sendable {
    /// The most services that a site has.
    public static var countMax: Int { 6 }

    /// Only the first `count` count.
    public var items: InlineArray<6, ServiceSettings>
    /// The number of services.
    public private(set) var count: Int

    package init(_ first: ServiceSettings) {
        items = InlineArray(repeating: first)
        count = 1
    }

    /// Adds a service behind the others. There must be room: see ``countMax``.
    public mutating func append(_ service: ServiceSettings) {
        precondition(count < Self.countMax, "a site has at most six services")
        items[count] = service
        count += 1
    }

    /// The service at an index below `count`.
    public subscript(index: Int) -> ServiceSettings {
        precondition(index < count, "a site was asked for a service that it does not have")
        return items[index]
    }

    /// The contracted powers of all services together on one side, as positive numbers.
    public func capacity(low: Bool) -> Watts {
        var sum = Watts.zero
        for index in 0..<count where low ? items[index].direction.answersLow : items[index].direction.answersHigh {
            sum += items[index].capacity
        }
        return sum
    }
}

public import FrequencyResponse

/// What a write to the site's registers, or the end of a request, has brought.
public enum SiteWrite: Sendable, Equatable {
    /// The registers were taken; with the baseline that is requested now, positive for charging, or none.
    case accepted(Watts?)
    case refused(register: UInt16, count: Int, reason: String)
    /// The time of the request is over.
    case reverted
}

/// Makes lines for the log of what is written: every change and every new refusal at once, and what only repeats itself
/// counted every ten minutes.
public struct WriteLog: Sendable {
    private struct Said: Hashable, Sendable {
        var address: String
        var text: String
    }

    private static var repeated: Interval { .seconds(600) }
    private static var rememberedMost: Int { 64 }
    private var requested: Watts?
    private var requestedBy: String?
    private var counts: [Said: Int] = [:]
    /// Writes that are not remembered one by one.
    private var others = 0
    private var countedAt: Instant?

    package init() {}

    /// Takes what a write has brought; nil where it only repeats what was said.
    public mutating func line(_ write: SiteWrite, from address: String, now: Instant) -> String? {
        let said: Said
        switch write {
        case .accepted(let power):
            said = Said(address: address, text: "accepted: \(Self.request(power))")
            if power != requested || address != requestedBy {
                requested = power
                requestedBy = address
                return "write from \(address) \(said.text)"
            }
        case .refused(let register, let count, let reason):
            let what = count == 1 ? "register \(register)" : "registers \(register) to \(Int(register) + count - 1)"
            said = Said(address: address, text: "refused: \(what), \(reason)")
            if counts[said] == nil, counts.count < Self.rememberedMost {
                counts[said] = 0
                countedAt = countedAt ?? now
                return "write from \(address) \(said.text)"
            }
        case .reverted:
            requested = nil
            requestedBy = nil
            return "the request has reverted: its time is over and it was not renewed; the plans count again"
        }
        if counts[said] != nil || counts.count < Self.rememberedMost {
            counts[said, default: 0] += 1
        } else {
            others += 1
        }
        countedAt = countedAt ?? now
        return nil
    }

    /// What has only repeated itself in the last ten minutes.
    public mutating func repetitions(now: Instant) -> [String] {
        guard let since = countedAt, now.elapsed(since: since) >= Self.repeated else { return [] }
        defer {
            counts = [:]
            others = 0
            countedAt = nil
        }
        return counts.filter { $0.value > 0 }.map { said, count in
            "the same again, \(Formatting.counted(count, "time")) in 10 min: write from \(said.address) \(said.text)"
        }.sorted() + (others > 0 ? ["\(Formatting.counted(others, "other write")) in 10 min"] : [])
    }

    private static func request(_ power: Watts?) -> String {
        guard let power else { return "no power is requested of the site" }
        if power == .zero { return "the site is to draw no power" }
        return
            "\(Formatting.kilowatts(power.magnitude, decimals: 2)) of \(power > .zero ? "import" : "export") requested"
    }
}

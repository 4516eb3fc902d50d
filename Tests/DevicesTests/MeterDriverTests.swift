import FrequencyResponse
import Modbus
import SiteConfiguration
import TestSupport
import Testing

@testable import Devices

@Suite("Meter driver")
struct MeterDriverTests {
    static let profiles: [String] = profileLibrary.profiles.map(\.name).filter {
        if case .meter = profileLibrary[$0] { true } else { false }
    }

    /// A device that reads zeros, refuses what is too long, and has a SunSpec map where the profile wants one.
    /// `added` is added to the last register of every block from the reading with that number on.
    private func samples(
        _ profile: MeterProfile, blockMost: Int, added: (reading: Int, value: UInt16)? = nil
    ) -> [FrequencySample] {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var driver = MeterDriver(
            settings: MeterLinkSettings(
                profile: profile, unit: 1, pollInterval: .milliseconds(100), responseTimeout: .milliseconds(400)),
            now: now)
        driver.connected(now: now)
        var map: [UInt16: UInt16] = [40_000: 0x5375, 40_001: 0x6E53]
        var end: UInt16 = 40_002
        for model: UInt16 in [1, 203, 213, 701] {
            map[end] = model
            map[end + 1] = 160
            end += 162
        }
        map[end] = 0xFFFF
        var samples: [FrequencySample] = []
        for _ in 0..<400 {
            now = now + .milliseconds(10)
            guard case .send(let request, _, _, _) = driver.next(now: now),
                case .read(_, let address, let count) = request
            else { continue }
            if Int(count) > blockMost {
                driver.failed(.exception(.illegalValue), now: now)
                continue
            }
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = map[address &+ UInt16(index)] ?? 0 }
            if let added, samples.count >= added.reading { block[Int(count) - 1] &+= added.value }
            if let read = driver.succeeded(block, sentAt: now, now: now),
                samples.last?.sequence != read.sample.sequence
            {
                samples.append(read.sample)
            }
        }
        return samples
    }

    @Test("every profile: a device that refuses long blocks is read in smaller ones", arguments: profiles)
    func smallerBlocks(name: String) throws {
        guard case .meter(let profile) = profileLibrary[name] else { return }
        for most in [125, 50, 12, 4] { #expect(samples(profile, blockMost: most).count > 3, "at most \(most)") }
    }

    @Test("every profile: the change counter moves with the registers alone", arguments: profiles)
    func changes(name: String) throws {
        guard case .meter(let profile) = profileLibrary[name], profile.points.count > 1 else { return }
        let still = samples(profile, blockMost: 125).map(\.changes)
        #expect(still.count > 5 && Set(still.dropFirst(3)).count == 1, "\(still)")
        let moved = samples(profile, blockMost: 125, added: (still.count - 2, 1)).map(\.changes)
        #expect(moved.count == still.count && Set(moved.dropFirst(3)).count == 2, "\(moved)")
    }
}

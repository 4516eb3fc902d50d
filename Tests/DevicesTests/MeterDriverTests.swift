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
    private func samples(_ profile: MeterProfile, blockMost: Int) -> Int {
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
        var samples = 0
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
            if driver.succeeded(block, sentAt: now, now: now) != nil { samples += 1 }
        }
        return samples
    }

    @Test("every profile: a device that refuses long blocks is read in smaller ones", arguments: profiles)
    func smallerBlocks(name: String) throws {
        guard case .meter(let profile) = profileLibrary[name] else { return }
        for most in [125, 50, 12, 4] { #expect(samples(profile, blockMost: most) > 3, "at most \(most)") }
    }
}

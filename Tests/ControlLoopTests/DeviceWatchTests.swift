import FrequencyResponse
import Modbus
import Testing

@testable import ControlLoop

@Suite("What is said of devices and connections that do not answer")
struct DeviceWatchTests {
    private static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000 + Int64(seconds * 1e9))
    }

    private static let refused = DeviceObstacle.failed(
        .exception(.illegalAddress), RequestPlace(.read(.input, address: 52, count: 2)))

    @Test("a device that is never used: said after a second, then every minute")
    func day() {
        var watch = DeviceWatch(now: Self.at(0))
        var said: [DeviceReport] = []
        for step in 0..<(86_400 * 5) {
            watch.note(Self.refused)
            if let report = watch.report(now: Self.at(Double(step) * 0.2)) { said.append(report) }
        }
        #expect(said.count == 1_440)
        #expect(said[0].lasting == .seconds(1) && said[0].count == 6 && said[0].obstacle == Self.refused)
        #expect(said[1].lasting == .seconds(61))
    }

    @Test("a device used again is said once, a momentary failure never")
    func again() {
        var watch = DeviceWatch(now: Self.at(0))
        var report = watch.used(now: Self.at(0.1))
        #expect(report == nil)
        watch.note(.noValue)
        report = watch.report(now: Self.at(0.9))
        #expect(report == nil)
        report = watch.used(now: Self.at(1))
        #expect(report == nil)
        watch.note(.noValue)
        report = watch.report(now: Self.at(3))
        #expect(report != nil)
        report = watch.used(now: Self.at(5))
        #expect(report != nil && report?.obstacle == nil && report?.lasting == .seconds(4))
        report = watch.used(now: Self.at(6))
        #expect(report == nil)
    }

    @Test("a connection lost again and again is said once, then its first answer")
    func outage() {
        var outage = Outage()
        var said = [outage.connected()]
        var answers = [outage.answered()]
        for _ in 0..<100 { said += [outage.lost(), outage.connected()] }
        #expect(said.filter { $0 }.count == 2)
        answers += [outage.answered(), outage.answered()]
        #expect(answers == [nil, 100, nil])
        let isSaid = outage.lost()
        #expect(isSaid)
    }

    @Test("no connection: each reason once, then every minute with the attempts")
    func failures() {
        var outage = Outage()
        var said: [Int32?] = []
        for (code, time) in [(Int32(111), 0.0), (111, 2), (113, 4), (113, 63), (113, 64)] {
            said.append(outage.failed(.connectionFailed(code: code), now: Self.at(time)))
        }
        #expect(said == [1, nil, 3, nil, 5])
        // It connects, which is not said, and answers.
        let isSaid = outage.connected()
        let attempts = outage.answered()
        #expect(!isSaid && attempts == 6)
    }
}

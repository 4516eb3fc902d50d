import ArgumentParser
import Devices
import Foundation
import FrequencyResponse
import Modbus
import SiteConfiguration

/// Throws seeded nonsense at everything that reads bytes from outside. A crash or an endless loop ends the run; what is
/// accepted is checked.
@main
struct FuzzTrials: ParsableCommand {
    @Option(help: "How many inputs for the reply decoder and the SunSpec reader each.")
    var inputs = 5_000_000

    @Option(help: "How many profiles.")
    var profiles = 20_000

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "The folder with the profiles that are spoiled.")
    var library = "Hardware/Profiles"

    func run() throws {
        var random = Random(state: seed)
        let replies = fuzzReplies(&random)
        let walks = fuzzWalks(&random)
        let models = fuzzModels(&random)
        let files = try fuzzProfiles(&random)
        print(
            """
            replies \(inputs), accepted \(replies); walks \(walks); model images \(models); profiles \(profiles), \
            accepted \(files)
            """
        )
        print(
            """
            \(inputs + walks + models + profiles) inputs: nothing crashed, nothing hung, nothing out of range was \
            accepted
            """
        )
    }

    struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    }

    /// Right replies with one to four bytes changed, cut or added, and plain noise. Answers how many were accepted;
    /// each of those must be right.
    private func fuzzReplies(_ random: inout Random) -> Int {
        var accepted = 0
        for _ in 0..<inputs {
            let transaction = UInt16(truncatingIfNeeded: random.next())
            let unit = UInt8(truncatingIfNeeded: random.next())
            let count = UInt16(random.below(20) + 1)
            let request: Request =
                switch random.below(3) {
                case 0:
                    .read(random.below(2) == 0 ? .holding : .input, address: UInt16(random.below(65_000)), count: count)
                case 1: .writeOne(address: UInt16(random.below(65_000)), value: UInt16(random.below(65_536)))
                default: .write(address: UInt16(random.below(65_000)), values: RegisterBlock(count: Int(count)))
                }
            let answer: Answer = request.isWrite ? .written : .registers(RegisterBlock(count: Int(count)))
            guard
                let right = Codec.reply(
                    answer, to: ReceivedRequest(transaction: transaction, unit: unit, request: request))
            else {
                continue
            }
            var bytes = (0..<right.count).map { right[$0] }
            for _ in 0..<random.below(4) {
                switch random.below(4) {
                case 0: bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
                case 1 where bytes.count > 1: bytes.removeLast(random.below(bytes.count - 1) + 1)
                case 2 where bytes.count < 240:
                    bytes += (0..<random.below(12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                default: if !bytes.isEmpty { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let frame = Frame(bytes.span)
            guard let block = try? Codec.check(frame, for: request, transaction: transaction, unit: unit) else {
                continue
            }
            accepted += 1
            // Only values may differ from the right reply.
            let fixed = request.isWrite ? right.count : 9
            let isRight = frame.count == right.count && (0..<fixed).allSatisfy { frame[$0] == right[$0] }
            precondition(
                isRight && block.count == (request.isWrite ? 0 : Int(count)),
                "a wrong reply was accepted: \(bytes) to \(request)")
        }
        return accepted
    }

    /// SunSpec maps of noise and of spoiled headers, walked to their end.
    private func fuzzWalks(_ random: inout Random) -> Int {
        let walks = inputs / 20
        for _ in 0..<walks {
            var walk = SunSpecWalk()
            var steps = 0
            var header = [UInt16(0x5375), 0x6E53]
            while case .read(_, let count) = walk.next {
                steps += 1
                precondition(steps < 200, "a walk did not end")
                if random.below(30) == 0 {
                    walk.take(nil)
                    continue
                }
                var block = RegisterBlock(count: random.below(40) == 0 ? random.below(4) : Int(count))
                for index in 0..<block.count {
                    block[index] = index < header.count ? header[index] : UInt16(truncatingIfNeeded: random.next())
                }
                header = [UInt16(random.below(800)), UInt16(random.below(random.below(10) == 0 ? 65_536 : 200))]
                if random.below(25) == 0 { header = [0xFFFF, 0] }
                walk.take(block)
            }
        }
        return walks
    }

    private func fuzzModels(_ random: inout Random) -> Int {
        let images = inputs / 20
        for _ in 0..<images {
            let model = SunSpecModels.all[random.below(SunSpecModels.all.count)]
            let length = random.below(model.registerCount * 2 + 4)
            var words = (0..<length).map { _ in UInt16(truncatingIfNeeded: random.next()) }
            if random.below(2) == 0, length > 2 {
                words[random.below(length)] = [0, 1, 2, 0x8000, 0xFFFF][random.below(5)]
            }
            for (name, point, value) in model.values(in: words) {
                guard case .number(let number) = value else { continue }
                precondition(number.isFinite && number.magnitude < 1e31, "\(model.id).\(name) \(point) gave \(number)")
            }
        }
        return images
    }

    /// Profiles with lines and characters changed. What is still accepted must obey its own limits.
    private func fuzzProfiles(_ random: inout Random) throws -> Int {
        var texts: [[UInt8]] = []
        for folder in ["meters", "chargers"] {
            for file in try FileManager.default.contentsOfDirectory(atPath: library + "/" + folder).sorted() {
                texts.append(Array(try Data(contentsOf: URL(fileURLWithPath: "\(library)/\(folder)/\(file)"))))
            }
        }
        let spices = Array("0123456789-:{}[]\"'#&*!|>% \n\tHzkWms,.eE~".utf8)
        var accepted = 0
        for _ in 0..<profiles {
            var bytes = texts[random.below(texts.count)]
            for _ in 0..<(random.below(6) + 1) {
                let at = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[at] = spices[random.below(spices.count)]
                case 1: bytes.insert(spices[random.below(spices.count)], at: at)
                case 2: bytes.remove(at: at)
                default:
                    bytes.insert(
                        contentsOf: bytes[at..<min(bytes.count, at + random.below(30))], at: random.below(bytes.count))
                }
            }
            guard
                let profile = try? ProfileReader.read(
                    text: String(decoding: bytes, as: UTF8.self), file: "spoiled.yaml")
            else {
                continue
            }
            accepted += 1
            switch profile {
            case .meter(let meter):
                precondition(
                    meter.reading.blockMaximum <= 125 && meter.voltages.count <= 3 && meter.resolution.value > 0)
                precondition(meter.plausible.lowerBound < meter.plausible.upperBound)
            case .charger(let charger):
                precondition(charger.chargeMaximum.value >= 0 && charger.resolution.value > 0)
                precondition((charger.timeout == nil) == (charger.setpointEnds != .timeout))
                precondition(!charger.forbidsZero || charger.zeroPower != nil)
                if let request = charger.write(
                    setpoint: charger.chargeMaximum + Watts(1), map: SunSpecMap(), exponent: 0)
                {
                    preconditionFailure("a setpoint beyond the limit was planned: \(request)")
                }
            }
        }
        return accepted
    }
}

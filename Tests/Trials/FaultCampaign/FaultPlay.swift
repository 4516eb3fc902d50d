import FrequencyResponse
import Glibc
import Modbus
import Realtime
import Simulation
import SimulationServer

/// How each fault is made, and how it ends.
struct FaultPlay {
    let depot: SimulatedDepot
    let program: CampaignProgram
    let network: CampaignNetwork?
    let isLow: Bool
    let chargers: Int
    /// How many links are the meters'.
    let meters: Int

    /// A sentence when the fault could not be made.
    func begin(_ fault: Fault, _ charger: Int) -> String? {
        switch fault {
        case .meterSilent: depot.setSilent(0, true)
        case .meterRailed: depot.changeMeter(0) { $0.rail = Hertz(self.isLow ? 40 : 70) }
        case .meterJump: depot.changeMeter(0) { $0.frequencyError = Hertz(self.isLow ? -1.5 : 1.5) }
        case .meterFrozen: depot.changeMeter(0) { $0.isFrozen = true }
        case .secondMeterOff: depot.changeMeter(1) { $0.frequencyError = Hertz(0.05) }
        case .voltageGone: depot.setVoltage(Ratio(0.1))
        case .chargerSilent: depot.setSilent(charger + 2, true)
        case .chargerRebooted:
            depot.changeCharger(charger) { $0.returnSupply() }
        case .chargerTakenOver: depot.changeCharger(charger) { _ = $0.answer(.writeOne(address: 81, value: 0)) }
        case .chargerRefuses: depot.setRefusing(charger + 2, true)
        case .chargerLatched: setLatched(charger, true)
        case .powerCut:
            program.end()
            for index in 0..<chargers { depot.changeCharger(index) { $0.returnSupply() } }
        case .allSilent: for device in 0..<(chargers + 2) { depot.setSilent(device, true) }
        case .networkCut: if (try? network?.setCable(up: false)) == nil { return "the cable could not be pulled" }
        case .stopped: program.signal(SIGSTOP)
        case .killed: program.end()
        case .controlHeld: return hold("control")
        case .linkHeld: return hold("link-\(charger + meters)")
        case .logHeld: return hold("log")
        case .mainHeld: return hold("droopd")
        case .memoryLimit: if !program.limitMemory(), !program.endsSoon { return "its memory could not be limited" }
        // The program was started like that.
        case .outputFull, .diskReadOnly: break
        }
        return nil
    }

    func end(_ fault: Fault, _ charger: Int) -> String? {
        switch fault {
        case .meterSilent: depot.setSilent(0, false)
        case .meterRailed: depot.changeMeter(0) { $0.rail = nil }
        case .meterJump: depot.changeMeter(0) { $0.frequencyError = .zero }
        case .meterFrozen: depot.changeMeter(0) { $0.isFrozen = false }
        case .secondMeterOff: depot.changeMeter(1) { $0.frequencyError = .zero }
        case .voltageGone: depot.setVoltage(Ratio(1))
        case .chargerSilent: depot.setSilent(charger + 2, false)
        case .chargerRefuses: depot.setRefusing(charger + 2, false)
        case .allSilent: for device in 0..<(chargers + 2) { depot.setSilent(device, false) }
        case .networkCut: if (try? network?.setCable(up: true)) == nil { return "the cable could not be mended" }
        case .stopped: program.signal(SIGCONT)
        case .chargerLatched: setLatched(charger, false)
        case .killed, .powerCut, .memoryLimit, .chargerRebooted, .chargerTakenOver, .controlHeld, .linkHeld, .logHeld,
            .mainHeld,
            .outputFull,
            .diskReadOnly:
            break
        }
        return nil
    }

    private func hold(_ thread: String) -> String? {
        // A fault before may have killed it, and one that ends may have ended meanwhile.
        program.hold(thread) || program.endsSoon ? nil : "the thread \(thread) could not be held"
    }

    private func setLatched(_ charger: Int, _ isLatched: Bool) {
        depot.changeCharger(charger) { device in
            guard var quasar = device as? QuasarModel else { return }
            quasar.isFaulted = isLatched
            device = quasar
        }
    }
}

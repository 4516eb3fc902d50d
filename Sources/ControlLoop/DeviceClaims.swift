public import Modbus
import Realtime

/// A charger has one master. Two daemons on one machine, or a commissioning beside a daemon, would each write what the
/// other has to take back.
///
/// Masters on other machines cannot be seen from here.
public enum DeviceClaims {
    /// A charger as its claim knows it.
    public struct Device: Sendable {
        /// The name.
        public var name: String
        /// The address of its connection.
        public var endpoint: Endpoint
        /// The unit on its connection.
        public var unit: UInt8

        package init(name: String, endpoint: Endpoint, unit: UInt8) {
            self.name = name
            self.endpoint = endpoint
            self.unit = unit
        }
    }

    /// Another process on this machine drives the device.
    public struct AlreadyDriven: Error, Sendable {
        /// The device that another process drives.
        public var device: Device
    }

    /// Claims all devices for this process, until it ends. Throws the first that another process has claimed.
    public static func take(_ devices: [Device]) throws(AlreadyDriven) {
        for device in devices {
            // The end of a long path tells one adapter from another. The settings of a serial bus do not make it
            // another bus.
            let place = "\(device.endpoint)".prefix { $0 != "?" }.suffix(90)
            guard HostProcess.claim("droopd \(place) \(device.unit)") else { throw AlreadyDriven(device: device) }
        }
    }
}

import ArgumentParser
import Modbus
import Realtime
import SiteConfiguration

/// A charger has one master. Two daemons on one machine, or a commissioning beside a daemon, would each write what the other has to take back.
///
/// A serial line has a lock of its own. What another machine does can't be seen from here.
enum DeviceClaims {
    /// Throws when another process on this machine drives one of the site's chargers.
    static func take(_ site: Site) throws {
        for charger in site.chargers where charger.connection.line == nil {
            guard HostProcess.claim("droopd \(charger.connection) \(charger.unit)") else {
                throw fail(
                    "\(charger.name): another droopd on this machine drives \(charger.connection), unit \(charger.unit); end that one first.",
                    SystemExit.unavailable)
            }
        }
    }
}

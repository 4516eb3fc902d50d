import ArgumentParser
import Realtime
import SiteConfiguration

/// A charger has one master. Two daemons on one machine, or a commissioning beside a daemon, would each write what the
/// other has to take back.
///
/// What another machine does can't be seen from here.
enum DeviceClaims {
    /// Throws when another process on this machine drives one of the site's chargers.
    static func take(_ site: Site) throws {
        for charger in site.chargers {
            // The end of a long path tells one adapter from another; how a line is set up does not make it another
            // line.
            let place = "\(charger.connection)".prefix { $0 != "?" }.suffix(90)
            guard HostProcess.claim("droopd \(place) \(charger.unit)") else {
                throw fail(
                    """
                    \(charger.name): another droopd on this machine drives \(charger.connection), unit \
                    \(charger.unit); end that one first.
                    """,
                    SystemExit.unavailable)
            }
        }
    }
}

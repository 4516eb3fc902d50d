import ArgumentParser
import Glibc
import LocalSockets

/// Where a running daemon listens for acts of persons.
struct OperatorOptions: ParsableArguments {
    @Option(help: "The folder of the daemon's sockets.")
    var sockets = SocketOptions.standard

    /// Asks, prints the answer, and ends with a code when nothing was done.
    func ask(_ request: OperatorRequest) throws {
        let path = SocketOptions.operating(sockets)
        let answer: OperatorAnswer
        do throws(OperatorClient.Failure) {
            answer = try OperatorClient.ask(request, path: path, program: "droopd \(Droopd.version)")
        } catch {
            throw Self.fail(error, path)
        }
        guard answer.isAccepted else { throw droopd.fail(answer.text, SystemExit.unavailable) }
        say(answer.text)
    }

    private static func fail(_ failure: OperatorClient.Failure, _ path: String) -> ExitCode {
        switch failure {
        case .socket(let error) where error.code == EACCES || error.code == EPERM:
            droopd.fail(
                "\(path): \(error); root and members of the group \(SocketOptions.group) may.",
                SystemExit.notPermitted)
        case .socket(let error):
            droopd.fail(
                "\(path): \(error): no droopd listens there; is it running, and does --sockets name its folder?",
                SystemExit.unavailable)
        case .silent: droopd.fail("\(path): droopd does not answer; see its log.", SystemExit.unavailable)
        case .version(let version):
            droopd.fail(
                """
                \(path): the running droopd speaks version \(version) of the protocol, this command \(Hello.version); \
                use the command of the daemon's release.
                """, SystemExit.unavailable)
        }
    }
}

struct ArmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arm", abstract: "Arms the running site.",
        discussion:
            """
            An armed site answers frequency and charges its vehicles. The intent is saved, and holds for this site \
            file and its profiles: after a change of one of them the site waits to be armed again.
            """)

    @OptionGroup var options: OperatorOptions

    func run() throws { try options.ask(OperatorRequest(.arm)) }
}

struct DisarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disarm", abstract: "Brings all chargers of the running site to zero power until it is armed.")

    @OptionGroup var options: OperatorOptions

    func run() throws { try options.ask(OperatorRequest(.disarm)) }
}

struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Holds a charger at zero power while a person works at it.",
        discussion:
            """
            The lock survives restarts, and ends with `droopd unlock` alone. A charger with a permit of its own loses \
            its supply as well. It isolates by software and is no lock-out: open and lock the isolator before you touch a \
            conductor. Without a name it lists the chargers that are locked.
            """)

    @OptionGroup var options: OperatorOptions
    @Argument(help: "The charger's name in the site file.") var name: String?
    @Option(help: "Why, for the log and for whoever comes next.") var reason: String?

    func validate() throws {
        guard name == nil || !(reason ?? "").isEmpty else {
            throw ValidationError("--reason: a lock needs a reason, such as --reason \"cable replaced\".")
        }
    }

    func run() throws {
        guard let name else { return try options.ask(OperatorRequest(.locks)) }
        try options.ask(OperatorRequest(.lock, charger: name, reason: reason))
    }
}

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Ends the lock of a charger.")

    @OptionGroup var options: OperatorOptions
    @Argument(help: "The charger's name.") var name: String

    func run() throws { try options.ask(OperatorRequest(.unlock, charger: name)) }
}

struct MeterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter", abstract: "Shows the meters of the running site, or says which one is right.",
        subcommands: [Show.self, Trust.self, Distrust.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows what the meters measure, and whether two contradict each other.")

        @OptionGroup var options: OperatorOptions

        func run() throws { try options.ask(OperatorRequest(.meters)) }
    }

    struct Trust: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust", abstract: "Lets a meter count.",
            discussion:
                """
                Of two meters that contradict each other, the one that is trusted counts until they agree. A meter \
                that was distrusted counts again.
                """)

        @OptionGroup var options: OperatorOptions
        @Argument(help: "The meter's name in the site file.") var name: String

        func run() throws { try options.ask(OperatorRequest(.trust, meter: name)) }
    }

    struct Distrust: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "distrust", abstract: "Lets a meter count as lost until it is trusted again.")

        @OptionGroup var options: OperatorOptions
        @Argument(help: "The meter's name in the site file.") var name: String

        func run() throws { try options.ask(OperatorRequest(.distrust, meter: name)) }
    }
}

import Modbus

extension SerialLine.Parity {
    var letter: UInt8 {
        switch self {
        case .none: UInt8(ascii: "N")
        case .even: UInt8(ascii: "E")
        case .odd: UInt8(ascii: "O")
        }
    }
}

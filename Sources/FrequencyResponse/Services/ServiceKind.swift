/// The services of the catalogue, and the three that the site file describes by itself.
public enum ServiceKind: UInt8, Sendable, BitwiseCopyable {
    case gbDynamicContainment, gbDynamicModeration, gbDynamicRegulation
    case ceFCR
    case nordicFCRN, nordicFCRDUp, nordicFCRDDown, nordicFCRDUpStatic, nordicFCRDDownStatic, nordicFFR
    case aemoVeryFast, aemoFast, aemoSlow, aemoDelayed, aemoPrimary
    case ds3FFR, ercotFFR, pjmRegD
    case lfsmO, lfsmU, asNzs4777
    case droop, curve, step

    /// The number of kinds.
    public static var count: Int { 24 }
}

/// The lengths of the SunSpec models that droopd reads or serves, without their two header registers, as sunspec/models has them (revision
/// 7abdf89). A device may make a model longer, by repeating groups, never shorter.
public enum SunSpecModels {
    public static func length(of model: UInt16) -> UInt16? { lengths[model] }

    private static let lengths: [UInt16: UInt16] = [
        1: 66, 203: 105, 213: 124, 701: 153, 702: 50, 703: 17, 704: 65, 713: 7, 715: 7,
    ]
}

/// How energy is kept for a service. Whatever restores it acts through the baseline, ramped, and never mirrors a
/// response.
public enum EnergyRules: BitwiseCopyable, Sendable {
    case volumes(VolumeRules)
    case reservoir(ReservoirRules)
}

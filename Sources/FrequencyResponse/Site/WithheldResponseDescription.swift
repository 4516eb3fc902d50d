#if !hasFeature(Embedded)
    extension WithheldCause: CustomStringConvertible {
        /// The cause in a sentence.
        public var description: String {
            switch self {
            case .none: "nothing is withheld"
            case .keptFromResponding:
                "a response goes on, and frequency is not trusted or the site is kept from answering"
            case .gridSize: "more could make a grid of the size that the site file names swing"
            case .swing: "frequency has swung, and the swinging part of the response is withdrawn"
            case .notReady:
                "frequency has crossed to the other side and ended the block, and its readiness time is not over"
            }
        }
    }
#endif

/// What is kept of one service: its response and its energy scheme.
package struct SavedService: BitwiseCopyable, Sendable {
    /// The service's kind. What is kept of another kind is not restored.
    package var kind: UInt8
    package var response: ServiceResponse.Saved
    package var energy: EnergyManager.Saved
}

extension SavedService: Visitable {
    package static var blank: Self { Self(kind: .max, response: .blank, energy: .blank) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("kind", &kind)
        visitor.visit("response", &response)
        visitor.visit("energy", &energy)
    }
}

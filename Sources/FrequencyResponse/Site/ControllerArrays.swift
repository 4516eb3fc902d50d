#if !hasFeature(Embedded)
    // For callers that keep a site's chargers in arrays; the law itself knows none.
    extension Controller {
        /// One tick. All arrays have one entry per charger, in the order of the site file.
        public mutating func step(
            _ inputs: TickInputs, fleet: [ChargerSettings], chargers: [ChargerInputs], memory: inout [ChargerMemory],
            setpoints: inout [Setpoint]
        ) -> TickOutputs {
            var memorySpan = memory.mutableSpan
            var setpointSpan = setpoints.mutableSpan
            return step(
                inputs, fleet: fleet.span, chargers: chargers.span, memory: &memorySpan, setpoints: &setpointSpan)
        }
    }
#endif

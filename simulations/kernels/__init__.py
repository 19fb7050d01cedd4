"""Inner loops of the engine that are compiled; see `simulations.jit`."""

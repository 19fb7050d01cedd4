"""labelplan's simulator: active-learning strategies run on proxy data, giving one tidy curve table."""

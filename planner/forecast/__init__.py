"""One measured learning curve and its future: joint sample paths with calibrated uncertainty."""

"""What builds and judges the evidence that labelplan ships; run from a checkout, as `research/README.md` says."""

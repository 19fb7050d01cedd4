"""What this package adds to labelplan, one entry a module."""

"""The contenders, one module each: `run(job)` gives an `Answer`."""

"""The value of information: the worth of knowing more before choosing an option."""

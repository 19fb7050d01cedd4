"""Building the evidence that ships: the recorded library, the published findings, what every strategy saved."""

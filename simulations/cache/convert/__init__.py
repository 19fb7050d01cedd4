"""Turns members of package archives into the files that are kept: Parquet, NPZ, safetensors."""

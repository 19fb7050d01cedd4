"""Frozen encoders that turn texts and images into features; their weights come from the cache, torch runs them."""

from simulations.encoders.encode import encode_images, encode_text

__all__ = ["encode_images", "encode_text"]

"""Images to 1,280 numbers each with EfficientNet-lite0."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import Features
from simulations.encoders.efficientnet import WIDTH, image_features
from simulations.encoders.text import Progress
from simulations.encoders.weights import encoder_weights, open_encoder
from simulations.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]

SIDE = 224
_MARGIN = 32
_BATCH = 16


def encode_images(images: Sequence[Path | str] | Pixels, *, progress: Progress | None = None) -> Features:
    """Encode images with EfficientNet-lite0, which must have been fetched (`labelplan data get effnet-lite0`).

    Args:
        images: paths of image files, or pixels of 0 to 255, shape (n, height, width) or (n, height, width, 3), uint8.
        progress: told after each pass how many images are done, and of how many.

    Returns:
        Shape (n, 1280), float32.

    Raises:
        InputError: a file is no image, the array has another shape or type, the encoder is not in the
            cache, or torch, safetensors or pillow is not installed.
    """
    stored = open_encoder("effnet-lite0")
    weights = encoder_weights(stored)
    import torch

    _check_pixels(images)
    features = np.empty((len(images), WIDTH), np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = np.stack([prepared(_opened(one)) for one in images[start : start + _BATCH]])
            x = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            features[start : start + len(batch)] = image_features(weights, x).numpy()
            if progress is not None:
                progress(start + len(batch), len(images))
    return features


def prepared(image: "Image") -> npt.NDArray[np.float32]:
    """Bring an image to what the encoder was trained on: the middle, 224 × 224 pixels, about -1 to 1.

    The square in the middle is 224/256 of the shorter side; pixels p become (p - 127)/128 (Liu 2020).

    Returns:
        Shape (3, 224, 224).
    """
    import PIL.Image

    width, height = image.size
    side = SIDE / (SIDE + _MARGIN) * min(width, height)
    box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
    small = image.convert("RGB").resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC, box=box)
    return ((np.asarray(small, np.float32) - 127.0) / 128.0).transpose(2, 0, 1)


def _opened(one: Any) -> "Image":
    import PIL.Image

    if isinstance(one, np.ndarray):
        return PIL.Image.fromarray(one)
    try:
        with PIL.Image.open(one) as file:
            if file.mode[0] in "IF":
                # More than 8 bits a pixel would be cut off at 255, not scaled.
                raise InputError(f"{one}: found pixels of mode {file.mode}; allowed: 8 bits a channel")
            return file.convert("RGB")
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise InputError(f"{one}: not an image that can be read ({error})") from error


def _check_pixels(images: object) -> None:
    if not isinstance(images, np.ndarray):
        return
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise InputError(
            f"images: found an array of {images.dtype} of shape {images.shape}; "
            "allowed: uint8 of shape (n, height, width) or (n, height, width, 3)"
        )

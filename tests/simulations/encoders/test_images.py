import numpy as np
import pytest

from simulations.encoders import encode_images
from simulations.encoders.images import prepared
from simulations.errors import InputError

Image = pytest.importorskip("PIL.Image")


def test_pixels_are_brought_to_what_the_encoder_knows():
    image = Image.fromarray(np.full((300, 400, 3), (127, 255, 0), np.uint8))
    x = prepared(image)
    assert x.shape == (3, 224, 224)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[:, 0, 0], np.array([0, 1, -127 / 128], np.float32))
    assert (x == x[:, :1, :1]).all()


def test_the_square_in_the_middle_is_taken():
    # 512 × 256: the square of 224 pixels reaches from column 144 to 368 and from row 16 to 240; the rest is white.
    pixels = np.full((256, 512, 3), 255, np.uint8)
    pixels[16:240, 144:368] = 127
    np.testing.assert_array_equal(prepared(Image.fromarray(pixels)), 0.0)
    pixels[16, 144] = 0
    assert prepared(Image.fromarray(pixels))[0, 0, 0] == np.float32(-127 / 128)


def test_files_and_pixels_give_the_same_features(effnet, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, one in zip(paths, pixels, strict=True):
        Image.fromarray(one).save(path)
    told = []
    features = encode_images(paths, progress=lambda done, total: told.append((done, total)))
    assert features.shape == (3, 1280)
    assert features.dtype == np.float32
    assert np.isfinite(features).all() and (features >= 0).all() and features.std() > 0
    assert told == [(3, 3)]
    np.testing.assert_array_equal(encode_images(pixels), features)
    np.testing.assert_allclose(encode_images(pixels[1:2])[0], features[1], atol=1e-4)


def test_grey_images_are_three_equal_channels(effnet):
    grey = np.random.default_rng(1).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(encode_images(grey), encode_images(np.repeat(grey[..., None], 3, axis=3)))


@pytest.mark.parametrize("pixels", [np.zeros((2, 8, 8)), np.zeros((8, 8), np.uint8), np.zeros((1, 8, 8, 4), np.uint8)])
def test_other_arrays_are_refused(effnet, pixels):
    with pytest.raises(InputError, match="images: found an array of"):
        encode_images(pixels)


def test_a_file_that_is_no_image_is_told(effnet, tmp_path):
    path = tmp_path / "a.png"
    path.write_text("not an image")
    with pytest.raises(InputError, match=r"a\.png: not an image"):
        encode_images([path])
    with pytest.raises(InputError, match=r"b\.png: not an image"):
        encode_images([tmp_path / "b.png"])


def test_a_cut_image_is_told(effnet, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="not an image that can be read"):
        encode_images([path])


def test_deep_pixels_are_refused_not_cut(effnet, tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((20, 20), 40_000, np.uint16)).save(path)
    with pytest.raises(InputError, match=r"mode I.*allowed: 8 bits"):
        encode_images([path])


def test_an_encoder_that_was_not_fetched_is_told(cache):
    for module in ("torch", "safetensors"):
        pytest.importorskip(module)
    with pytest.raises(InputError, match="labelplan data get effnet-lite0"):
        encode_images(np.zeros((1, 8, 8), np.uint8))

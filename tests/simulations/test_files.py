import pytest

from simulations.errors import InputError
from simulations.files import atomic_path, check_size, write_whole


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_where_writing_fails(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="half way"), atomic_path(path) as temporary:
        temporary.write_bytes(b"ne")
        assert temporary.parent == tmp_path and path.read_bytes() == b"old"
        raise RuntimeError("half way")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a.json", b"new")


def test_what_is_too_large_is_refused():
    check_size(b"123", 3, "a.csv")
    with pytest.raises(InputError, match=r"^a\.csv: found 1,001 bytes; allowed: up to 1,000$"):
        check_size(bytes(1_001), 1_000, "a.csv")

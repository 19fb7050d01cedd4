import io
import tarfile
import zipfile

import pytest

from simulations.cache.fetch import read_members
from simulations.cache.resource import FetchError


@pytest.fixture(params=["zip", "tar"])
def archive(request, tmp_path):
    members = {"p/b.txt": b"B", "p/a.txt": b"A", "q/a.txt": b"Q"}
    path = tmp_path / "archive"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as file:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return path


def test_members_come_by_name_in_the_order_of_their_names(archive):
    assert list(read_members(archive, ["p/*.txt"]).items()) == [("p/a.txt", b"A"), ("p/b.txt", b"B")]
    assert read_members(archive, ["q/a.txt"]) == {"q/a.txt": b"Q"}


def test_a_pattern_without_a_member_is_told(archive):
    with pytest.raises(FetchError, match=r"holds no member p/c\.txt"):
        read_members(archive, ["p/a.txt", "p/c.txt"])


def test_a_file_that_is_no_archive_is_told(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(b"not an archive")
    with pytest.raises(FetchError, match="cannot be read"):
        read_members(path, ["*"])


def test_a_cut_archive_is_told(archive):
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(FetchError):
        read_members(archive, ["*"])

import gc
import os

import pytest

from simulations.errors import InputError
from simulations.files import MOST_TOML, atomic_path, check_size, parse_toml, read_toml_text, write_whole


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


def test_a_pipe_is_written_to_and_what_a_link_leads_to_is_replaced(tmp_path):
    pipe, link, target = (tmp_path / name for name in ("pipe", "link", "target"))
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"new")
    assert os.read(reading, 10) == b"new" and pipe.is_fifo()
    os.close(reading)
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"


def test_what_is_too_large_is_refused():
    check_size(b"123", 3, "a.csv")
    with pytest.raises(InputError, match=r"^a\.csv: found 1,001 bytes; allowed: up to 1,000$"):
        check_size(bytes(1_001), 1_000, "a.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = [", "not a TOML file ("),
        ("a = " + "[" * 30_000, "is nested too deep; allowed: up to 20 levels"),
        ("a = " + "[" * 21 + "]" * 21, "is nested too deep"),
        ("a = " + "{a = " * 30_000, "is nested too deep"),
        ("a" + ".a" * 25 + " = 1", "is nested too deep"),
        ("a" + ".a" * 30_000 + " = 1", "found a line of more than 500 dots"),
        ("a = " + "9" * 50_000, "found a number of too many digits; allowed: up to 300"),
        ("a = [[" + "9" * 400 + "]]", "found a number of too many digits"),
        ('a = "\\u001b[31mred"', "found a control character in a text; allowed: letters, digits and signs"),
        ('"\\u001b" = 1', "found a control character"),
        ("[[a]]\n" * 20_000, "found more than 20,000 values; allowed: up to that many"),
        ("a = 1\n" * 700_000, "is too long; allowed: up to 500,000 characters"),
    ],
)
def test_hostile_toml_is_one_sentence(text, reason):
    gc.collect()  # other tests' garbage may not be collected, and complain, where the recursion ends
    with pytest.raises(InputError) as caught:
        parse_toml(text, "plan.toml")
    assert str(caught.value).startswith("plan.toml: ") and reason in str(caught.value) and len(str(caught.value)) < 200


def test_usual_toml_is_read_with_and_without_a_mark():
    assert parse_toml("\ufeffa.b = [1, 2]", "x") == parse_toml("a.b = [1, 2]", "x") == {"a": {"b": [1, 2]}}


def test_no_more_than_is_allowed_is_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("#" * 1_000_000)
    assert len(read_toml_text(path)) == MOST_TOML + 1

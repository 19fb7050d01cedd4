import pytest

from simulations.errors import InputError, unknown_name


@pytest.mark.parametrize(
    ("found", "known", "hint"),
    [
        ("c", ["A", "C"], "did you mean 'C'? "),
        ("LINEAR", ["linear", "linea"], "did you mean 'linear'? "),
        ("margim", ["random", "margin"], "did you mean 'margin'? "),
        ("x", ["random", "margin"], ""),
    ],
)
def test_the_nearest_name_is_offered(found, known, hint):
    error = unknown_name("name", found, known, where="f.toml")
    assert str(error) == f"f.toml: unknown name '{found}'; {hint}allowed: {', '.join(known)}"


def test_a_sentence_that_quotes_a_whole_file_is_cut_in_its_middle():
    told = str(InputError(f"plan.toml: found {'x' * 1_000_000}; allowed: less"))
    assert len(told) < 2_010 and told.startswith("plan.toml: found xxx") and told.endswith("xxx; allowed: less")


def test_what_a_terminal_obeys_does_not_reach_it():
    assert str(InputError("found '\x1b[31mred\r\x9b'")) == "found '\ufffd[31mred\ufffd\ufffd'"


def test_a_long_name_is_cut():
    assert f"'{'x' * 60}…'" in str(unknown_name("name", "x" * 100, ["a"], where="f"))

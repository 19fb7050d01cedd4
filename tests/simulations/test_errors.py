import pytest

from simulations.errors import unknown_name


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


def test_a_long_name_is_cut():
    assert f"'{'x' * 60}…'" in str(unknown_name("name", "x" * 100, ["a"], where="f"))

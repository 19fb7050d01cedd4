"""A few tries of each attack, and the harness itself: what it counts, goes on with, and catches."""

from pathlib import Path

import pytest

from tests.hostile.attacks import ATTACKS
from tests.hostile.guard import guarded
from tests.hostile.harness import FAILED, Attack, Attempt, UnavailableError, alone, attack_in, count_words


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.few])
def test_a_few_tries_break_nothing(name: str, tmp_path: Path) -> None:
    try:
        counts = attack_in(ATTACKS[name], tmp_path, ATTACKS[name].few)
    except UnavailableError as missing:
        pytest.skip(str(missing))
    assert not counts[FAILED], (tmp_path / f"{name}.jsonl").read_text(encoding="utf-8")


def made_of(attempt: Attempt) -> Attack:
    return Attack("made", 10, 1, alone(attempt))


def test_tries_are_made_once_but_for_those_that_failed(tmp_path: Path) -> None:
    drawn: list[float] = []
    broken = [True]

    def attempt(rng, place):
        drawn.append(rng.random())
        (place / "input.txt").write_text("spoilt", encoding="utf-8")
        assert not broken[0] or len(drawn) != 2, "broken"
        return "answered"

    attack = made_of(attempt)
    assert count_words("made", attack_in(attack, tmp_path, 4)) == "made: 4 tried, 3 answered, 1 failures"
    place = tmp_path / "made" / "try-1"
    assert "broken" in (place / "failure.txt").read_text(encoding="utf-8") and (place / "input.txt").exists()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["try-1"]
    broken[0] = False
    assert count_words("made", attack_in(attack, tmp_path, 5)) == "made: 5 tried, 5 answered, 0 failures"
    assert len(drawn) == 6 and drawn[4] == drawn[1]


def test_the_guard_sees_what_is_opened_written_and_asked(tmp_path: Path) -> None:
    import socket

    own, other = tmp_path / "own", Path("/never-written")
    own.mkdir()
    (own / "secret").write_text("x", encoding="utf-8")
    with pytest.raises(AssertionError, match="opened"), guarded(own, forbidden=(own / "secret",)):
        (own / "secret").read_text(encoding="utf-8")
    with pytest.raises(AssertionError, match=r"looked up example\.org"), guarded(own), pytest.raises(OSError):
        socket.getaddrinfo("example.org", 80, flags=socket.AI_NUMERICHOST)
    with pytest.raises(AssertionError, match="wrote"), guarded(own), pytest.raises(FileNotFoundError):
        (other / "none").write_text("x", encoding="utf-8")
    with guarded(own):
        (own / "mine").write_text("x", encoding="utf-8")

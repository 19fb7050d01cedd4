import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.trajectory import Part, Trajectory, canonical_json, content_hash, stream

PARTS = ("dataset", "learner", "strategy", "oracle", "chooser")
settings = st.dictionaries(st.text(min_size=1, max_size=5), st.one_of(st.integers(), st.booleans(), st.floats(-9, 9)))


def test_canonical_json_is_one_spelling():
    assert canonical_json({"b": 1, "a": ["é", 0.5]}) == '{"a":["\\u00e9",0.5],"b":1}'


def test_canonical_json_refuses_nan():
    with pytest.raises(ValueError):
        canonical_json({"a": float("nan")})


@given(settings)
def test_order_of_settings_is_no_content(given_settings):
    backwards = dict(reversed(given_settings.items()))
    assert Part.of("x", given_settings) == Part.of("x", backwards)


@given(settings, st.integers(0, 99))
def test_parts_survive_json(given_settings, version):
    part = Part.of("x", given_settings, version)
    assert Part.from_json(part.as_json()) == part


def test_trajectory_survives_json(small):
    t = small("entropy", 3)
    assert Trajectory.from_json(t.as_json()) == t


def test_every_field_is_in_the_key(small):
    t = small()
    other = {"initial_set": "random", **dict.fromkeys(PARTS, Part.of("other"))}
    changed = [dataclasses.replace(t, **{f.name: other.get(f.name, 77)}) for f in dataclasses.fields(Trajectory)]
    assert len({t.key, *(c.key for c in changed)}) == len(changed) + 1


def test_foreign_json_is_refused(small):
    with pytest.raises(KeyError):
        Trajectory.from_json({**small().as_json(), "colour": "red"})


def test_streams_depend_on_their_path_alone():
    assert (stream("a", 1).random(5) == stream("a", 1).random(5)).all()
    assert not (stream("a", 1).random(5) == stream("a", 2).random(5)).any()
    assert not (stream("a", 1).random(5) == stream("b", 1).random(5)).any()


def test_hash_tells_types_apart():
    assert len({content_hash(1), content_hash("1"), content_hash(1.5), content_hash([1])}) == 4

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.trajectory import REVISION, Part, Trajectory, canonical_json, content_hash, stream

PARTS = ("dataset", "learner", "strategy", "oracle", "chooser")
settings = st.dictionaries(st.text(min_size=1, max_size=5), st.one_of(st.integers(), st.booleans(), st.floats(-9, 9)))


def test_canonical_json_is_one_spelling():
    assert canonical_json({"b": 1, "a": ["é", 0.5]}) == '{"a":["\\u00e9",0.5],"b":1}'


def test_canonical_json_refuses_nan():
    with pytest.raises(ValueError):
        canonical_json({"a": float("nan")})


def test_key_is_the_hash_of_the_content(small):
    t = small()
    expected = hashlib.sha256(canonical_json([t.as_json(), REVISION]).encode()).hexdigest()
    assert t.key == expected


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


def test_final_labels(small):
    assert small().final_labels == 10 + 4 * 5


def test_streams_depend_on_their_path_alone():
    assert (stream("a", 1).random(5) == stream("a", 1).random(5)).all()
    assert not (stream("a", 1).random(5) == stream("a", 2).random(5)).any()
    assert not (stream("a", 1).random(5) == stream("b", 1).random(5)).any()


def test_streams_leave_the_global_generator_alone():
    before = str(np.random.get_state(legacy=False))  # noqa: NPY002
    stream("a").random(5)
    assert str(np.random.get_state(legacy=False)) == before  # noqa: NPY002


def test_hash_tells_types_apart():
    assert len({content_hash(1), content_hash("1"), content_hash(1.5), content_hash([1])}) == 4

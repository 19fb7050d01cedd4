"""Judged evidence that cannot be used is one sentence and a way on."""

from importlib.resources import files

import pytest

from planner.evidence.judged import FINDINGS, STRATEGIES
from simulations.errors import InputError

BOTH = pytest.mark.parametrize("evidence", [FINDINGS, STRATEGIES], ids=lambda one: one.name)


@BOTH
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "{name} is missing; '{command}' writes it anew"),
        (b"", "{name} cannot be read"),
        (b'{"format": 1, "findings": [', "{name} cannot be read"),
        (b"\xff\xfe", "{name} cannot be read"),
        (b"[]", "{name} has the format None; allowed: 1"),
        (b'{"format": 99}', "{name} has the format 99; allowed: 1; '{command}'"),
    ],
)
def test_judgements(tmp_path, evidence, content, told):
    path = tmp_path / evidence.judged_file
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        evidence.judged(path)
    said = str(refused.value)
    assert said.startswith(f"{evidence.called}: ") and "everything else works without it" in said
    assert told.format(name=evidence.judged_file, command=evidence.command) in said


@BOTH
def test_curves(tmp_path, evidence):
    path, way_on = tmp_path / evidence.curves_file, f"'{evidence.command}' writes it anew"
    with pytest.raises(InputError, match=f"curves of the {evidence.name}: {path.name} is missing; {way_on}"):
        evidence.curves(path)
    path.write_bytes((files("planner.evidence") / evidence.curves_file).read_bytes()[:1_000])
    with pytest.raises(InputError, match=f"cannot be read as a curve table .*; {way_on}"):
        evidence.curves(path)

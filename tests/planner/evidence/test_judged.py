"""Judged evidence that cannot be used is one sentence and a way on."""

import pytest

from planner.evidence.results import RESULTS_FILES
from simulations.errors import InputError


@pytest.mark.parametrize("evidence", RESULTS_FILES.values(), ids=RESULTS_FILES)
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
    path = tmp_path / evidence.file
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        evidence.judged(path)
    said = str(refused.value)
    assert said.startswith(f"{evidence.called}: ") and "everything else works without it" in said
    assert told.format(name=evidence.file, command=evidence.command) in said

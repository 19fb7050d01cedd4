"""Exports of each tool, read record by record; the files in `data` are made up."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planner.app.annotations import READERS, import_export
from simulations.errors import InputError

DATA = Path(__file__).parent / "data"
EXPORT = Path(__file__).resolve().parents[3] / "examples" / "label-studio.json"


def told(path, tool, **options):
    """Give what people answered: item, label and annotator."""
    export = import_export(path, tool, **options).export
    return [(a.item, a.label, a.annotator) for a in export.answers if not a.by_model]


def written(tmp_path, content, name="export.json"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def task(*results, **annotation):
    """Give a Label Studio task with one annotation."""
    return {"id": 1, "data": {"item": "a"}, "annotations": [{"completed_by": 3, "result": list(results), **annotation}]}


def choice(*chosen, name="topic", **place):
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(chosen), **place}}


def test_the_three_forms_of_label_studio_say_the_same():
    whole = import_export(EXPORT, "label-studio").export
    first = [a for a in whole.answers if not a.by_model][:12]
    for name in ("label-studio-min.json", "label-studio.csv"):
        rows = import_export(DATA / name, "label-studio").export.answers
        assert [(a.item, a.label, a.seconds, a.at) for a in rows] == [(a.item, a.label, a.seconds, a.at) for a in first]
    assert whole.skipped == {"cancelled": 1, "not labelled": 1} and whole.question == "topic"
    assert first[0].annotator == "ada@example.org" and first[0].at == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def test_a_field_of_the_task_may_name_items():
    assert told(EXPORT, "label-studio", item="item")[0][0] == "t001"
    assert told(DATA / "label-studio.csv", "label-studio", item="item")[0][0] == "t001"


def test_the_forms_of_argilla_say_the_same():
    expected = [
        ("r1", "good", "1f0c-ada"),
        ("r1", "good", "2b7e-ben"),
        ("r2", "good", "1f0c-ada"),
        ("r2", "bad", "2b7e-ben"),
        ("r3", "bad", "1f0c-ada"),
        ("r3", "bad", "2b7e-ben"),
        ("r4", "bad", "1f0c-ada"),
        ("r5", "good", "1f0c-ada"),
    ]
    for name in ("argilla.json", "argilla-1.jsonl"):
        assert told(DATA / name, "argilla") == expected, name
        assert import_export(DATA / name, "argilla").export.skipped == {"discarded": 1, "not labelled": 1}
        assert import_export(DATA / name, "argilla").summary.model_answers == 5


def test_prodigys_choices_with_what_was_ignored_or_rejected():
    found = import_export(DATA / "prodigy.jsonl", "prodigy")
    assert told(DATA / "prodigy.jsonl", "prodigy") == [
        ("1001", "cat", "pets-ada"),
        ("1002", "dog", "pets-ada"),
        ("1003", None, "pets-ada"),
        ("1001", "cat", "pets-ben"),
        ("1002", "cat", "pets-ben"),
    ]
    assert found.export.skipped == {"ignored": 1, "rejected": 1}
    # Gaps between one person's answers: 6 and 8 s of one, 9 s of the other.
    assert found.summary.times.from_gaps and found.summary.times.spread_seconds[1] == 8
    assert (found.summary.times.timed, found.summary.times.untimed) == (3, 2)


def test_prodigys_yes_or_no_has_a_class_for_each(tmp_path):
    lines = [
        {"text": t, "label": "spam", "answer": a, "_input_hash": h}
        for h, t, a in ((1, "x", "accept"), (2, "y", "reject"))
    ]
    path = written(tmp_path, "\n".join(map(json.dumps, lines)))
    assert told(path, "prodigy") == [("1", "spam", ""), ("2", "not spam", "")]
    lines.append({"text": "x", "label": "advert", "answer": "accept", "_input_hash": 1})
    path = written(tmp_path, "\n".join(map(json.dumps, lines)))
    with pytest.raises(InputError, match="found the questions advert, spam; allowed: one of them"):
        told(path, "prodigy")
    assert told(path, "prodigy", question="advert") == [("1", "advert", "")]


@pytest.mark.parametrize(
    ("results", "label"),
    [
        ([choice("spam")], "spam"),
        ([choice("spam", "advert")], None),
        ([choice("spam", start=0, end=4)], None),
        ([choice("spam"), choice("spam")], None),
        ([{"from_name": "stars", "type": "rating", "value": {"rating": 4}}], "4"),
        ([{"from_name": "kind", "type": "taxonomy", "value": {"taxonomy": [["animal", "dog"]]}}], "animal / dog"),
        ([{"from_name": "box", "type": "rectanglelabels", "value": {"x": 1, "rectanglelabels": ["Car"]}}], None),
        ([{"from_name": "note", "type": "textarea", "value": {"text": ["odd"]}}], None),
        # A note beside a choice is no second question.
        ([choice("spam"), {"from_name": "note", "type": "textarea", "value": {"text": ["odd"]}}], "spam"),
    ],
)
def test_what_label_studio_can_ask_for(tmp_path, results, label):
    assert told(written(tmp_path, json.dumps([task(*results)])), "label-studio") == [("1", label, "3")]


def test_several_questions_are_asked_for_by_name(tmp_path):
    path = written(tmp_path, json.dumps(task(choice("spam"), choice("angry", name="mood"))))
    with pytest.raises(InputError, match="found the questions mood, topic; allowed: one of them, as --question NAME"):
        told(path, "label-studio")
    assert told(path, "label-studio", question="mood") == [("1", "angry", "3")]
    with pytest.raises(InputError, match=r"--question: found 'moods'; did you mean 'mood'\?"):
        told(path, "label-studio", question="moods")


def test_a_table_of_any_separator_with_a_mark_in_front_and_carriage_returns(tmp_path):
    rows = [
        "",
        "item;label;seconds;date;note",
        "a;x ;2.5;2026-03-02;n",
        "",
        "b;1.0;;2026-03-02T23:30:00-05:00;",
        "c;;;;",
    ]
    text = "\ufeff" + "".join(row + "\r\n" for row in rows)
    found = import_export(written(tmp_path, text.encode("utf-8"), "t.csv"), "csv")
    first, second = found.export.answers
    assert (first.item, first.label, first.seconds, first.annotator) == ("a", "x", 2.5, "")
    assert second.seconds is None and second.at == datetime(2026, 3, 3, 4, 30, tzinfo=UTC)
    # The day is the one that the person had.
    assert (found.summary.pace.first, found.summary.pace.last) == ("2026-03-02", "2026-03-02")
    assert found.export.unread == ("note",) and found.export.skipped == {"without an answer": 1}


JSON_FAULTS = [
    ('[{"id": 1,\n "annotations": [}]', "line 2, column 18: is not JSON (Expecting value)"),
    ('{"id": 1, "annotations": []}\n{"id": 2, "annot', "line 2, column 11: is not JSON"),
    ("[1, 2]", "record 1: found 1; allowed: an object"),
    ("[]", "found no person's answer (no record); allowed: one or more"),
    ('[{"a": 1}]', 'record 1: found ["a"]; allowed: a task with annotations'),
    ('[{"id": 1, "annotations": 5}]', "record 1, annotations: found 5; allowed: a list of objects"),
    ('[{"annotations": []}]', "found the fields annotations; allowed: with id, the item's name"),
    (
        json.dumps([task(choice("x"), lead_time=-1)]),
        "annotation 1, lead_time: found -1; allowed: seconds of at least 0",
    ),
    (json.dumps([task(choice("x"), lead_time=True)]), "lead_time: found true; allowed: seconds"),
    (json.dumps([task(choice("x"), created_at="monday")]), 'created_at: found "monday"; allowed: a date such as'),
    (json.dumps([task(choice("x"), created_at=1e300)]), "created_at: found 1e+300; allowed: a date"),
    ("[" * 100_000, "cannot be read as JSON (maximum recursion depth exceeded"),
    (b"\xff\xfe[\x00", "is not text in UTF-8"),
    (" \n", "is empty; allowed: one answer or more"),
]


@pytest.mark.parametrize(("content", "words"), JSON_FAULTS, ids=range(len(JSON_FAULTS)))
def test_what_is_no_export_of_label_studio(tmp_path, content, words):
    with pytest.raises(InputError) as caught:
        import_export(written(tmp_path, content), "label-studio")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,text\na,b\n", "header: found item, text; allowed: item and label among them"),
        ("item,label\n", "found a header alone"),
        ("item,label\na,b,c\n", "row 2: found 3 cells; allowed: 2, as in the header"),
        ("item,label,item\na,b,c\n", "header: found the column 'item' twice"),
        ('item,label\na,"b\n', "line 2: is not CSV"),
        ("item,label\n,b\n", "row 2: found the fields item, label; allowed: with item, the item's name"),
        ("item,label,seconds\na,b,2:30\n", 'row 2, seconds: found "2:30"; allowed: seconds of at least 0'),
        ("item,label,seconds\na,b,nan\n", 'row 2, seconds: found "nan"; allowed: seconds'),
        ("item,label\na,\n", "found no person's answer (1 without an answer)"),
    ],
)
def test_what_is_no_table_of_answers(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        import_export(written(tmp_path, text, "t.csv"), "csv")
    assert words in str(caught.value)


def test_what_is_no_line_of_prodigy(tmp_path):
    with pytest.raises(InputError, match="record 1, answer: found null; allowed: accept, reject, ignore"):
        told(written(tmp_path, '{"text": "x"}'), "prodigy")


@pytest.mark.parametrize("tool", READERS)
@pytest.mark.parametrize("value", [None, 3, "x", [], [1], {"a": [1]}, {"value": None}, [[["x"]]]])
def test_odd_types_never_break_a_reader(tmp_path, tool, value):
    keys = (
        "annotations",
        "predictions",
        "responses",
        "suggestions",
        "fields",
        "label",
        "accept",
        "options",
        "completed_by",
    )
    keys += ("result", "annotator", "_timestamp")
    for key in keys:
        record = {"id": 1, "text": "t", "answer": "accept", "annotation_id": 2, key: value}
        for path in (
            written(tmp_path, json.dumps([record])),
            written(tmp_path, json.dumps([task(choice("x")) | {key: value}])),
            written(tmp_path, json.dumps([task(choice("x"), **({key: value} if key != "result" else {}))])),
        ):
            try:
                import_export(path, tool)
            except InputError as error:
                assert "allowed" in str(error) or "is not" in str(error)


def test_files_that_are_too_large_or_no_files(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.annotations.records.MOST_BYTES", 10)
    with pytest.raises(InputError, match="found more than 10 bytes; allowed: up to that many"):
        import_export(DATA / "table.csv", "csv")
    with pytest.raises(InputError, match="cannot be read"):
        import_export(tmp_path, "csv")
    with pytest.raises(InputError, match=r"--from: unknown tool 'labelstudio'; did you mean 'label-studio'\?"):
        import_export(DATA / "table.csv", "labelstudio")
    with pytest.raises(InputError, match="--model: unknown annotator 'gpt'"):
        monkeypatch.undo()
        import_export(DATA / "table.csv", "csv", model="gpt")

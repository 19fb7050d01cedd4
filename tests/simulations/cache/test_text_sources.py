import gzip
import json

import pandas as pd
import pytest

from simulations.cache.catalogue import write_rows
from simulations.cache.text_sources import (
    attack_reports,
    csv_rows,
    diagnosis_terms,
    interface_messages,
    occupation_titles,
    rated_lines,
    statistics_tables,
    tab_lines,
)


def as_json(value):
    return {"file.json": json.dumps(value).encode()}


def test_csv_rows_are_text_and_class_gzipped_or_not():
    table = 'text,label\n"play ""So, what""",play\nNA,ä\n'.encode()
    rows = [("play", 'play "So, what"'), ("ä", "NA")]
    assert list(csv_rows({"a.csv": table, "b.csv.gz": gzip.compress(table)})) == rows * 2


def test_tab_lines_have_the_class_first():
    assert list(tab_lines({"a": "ham\tOk £5\nspam\tWIN\n".encode()})) == [("ham", "Ok £5"), ("spam", "WIN")]


@pytest.mark.parametrize(
    ("rating", "label"), [("-0.51", "negative"), ("-0.5", "neutral"), ("0.5", "neutral"), ("2.1", "positive")]
)
def test_ratings_near_0_are_neutral(rating, label):
    assert list(rated_lines({"a": f"7_1\t{rating}\tgood.\r\n".encode()})) == [(label, "good.")]


def test_every_second_title_of_a_minor_group_counts_for_its_sub_major_group():
    groups = as_json({"214": ["ecologist", "adviser", "chemist"], "211": ["physicist"]})
    assert list(occupation_titles(groups)) == [("21", "ecologist"), ("21", "chemist"), ("21", "physicist")]


def test_inclusion_terms_carry_their_chapter():
    xml = (
        "<t><chapter><name>1</name><section><diag><inclusionTerm><note>Cholera</note></inclusionTerm>"
        "<diag><inclusionTerm><note>Classical</note><note>El Tor</note></inclusionTerm></diag></diag></section>"
        "</chapter><chapter><name>2</name><includes><note>all</note></includes></chapter></t>"
    )
    assert list(diagnosis_terms({"a.xml": xml.encode()})) == [("1", "Cholera"), ("1", "Classical"), ("1", "El Tor")]


def test_reports_of_frequent_techniques_lose_links_and_citations():
    patterns = [{"stix_id": "p1", "external_id": "T1001.002"}, {"stix_id": "p2", "external_id": "T1002"}]

    def report(i, kind="uses", target="p1"):
        text = f"[Fox](https://attack.mitre.org/x) ran <code>w{i}</code>.(Citation: A 2020)(Citation: B..."
        return {"relationship_type": kind, "target_ref": target, "description": text}

    reports = [report(i % 100) for i in range(101)]
    others = [report(200, target="p2"), report(201, kind="mitigates"), report(202, target="tool")]
    members = {
        "patterns.json": json.dumps({"_metadata": [], "objects": patterns}).encode(),
        "relationships.json": json.dumps({"_metadata": [], "relationships": reports + others}).encode(),
    }
    assert list(attack_reports(members)) == [("T1001", f"Fox ran w{i}.") for i in range(100)]


def test_tables_of_several_subjects_are_left_out():
    tables = [("Food", ["2101", "2105"]), ("Trade", ["12", "21"]), ("None", None)]
    members = as_json({str(i): {"title_en": t, "subject_code": codes} for i, (t, codes) in enumerate(tables)})
    assert list(statistics_tables(members)) == [("21", "Food")]


def test_messages_of_frequent_languages_are_joined_from_their_lines():
    def file(texts):
        entries = [f'msgid "{i}"\nmsgstr ""\n{text}\n' for i, text in enumerate(texts)]
        return ('msgid ""\nmsgstr ""\n"Language: any, and more words"\n\n' + "\n".join(entries)).encode()

    spanish = [f'"Un «mensaje» "\n"largo número\\n{i}"' for i in range(100)]
    members = {
        "locale/es/LC_MESSAGES/a.po": file([*spanish[:60], '"corto"']),
        "locale/es_AR/LC_MESSAGES/a.po": file(spanish[50:]),
        "locale/el/LC_MESSAGES/a.po": file([f'"Ένα μακρύ μήνυμα αριθμός {i}"' for i in range(100)]),
        "locale/de/LC_MESSAGES/a.po": file(['"Eine Nachricht ist nicht genug"']),
    }
    assert list(interface_messages(members)) == [("es", f"Un «mensaje» largo número {i}") for i in range(100)]


def test_a_text_that_comes_again_is_left_out(tmp_path):
    assert write_rows(lambda _: [("a", "x"), ("b", "y"), ("b", "x")], {}, tmp_path) == (2, 2)
    assert pd.read_parquet(tmp_path / "texts.parquet").to_dict("list") == {"label": ["a", "b"], "text": ["x", "y"]}

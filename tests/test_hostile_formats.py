"""Pictures, pages and files of other formats hold a user's texts as texts: their structure is that of plain names."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors

from micrograd_plus import Value, scope
from micrograd_plus.checkpoint import load, save
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.pictures import FORMATS
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.debugger import Debugger
from micrograd_plus.diagnosis import diagnose
from micrograd_plus.engine import graph
from micrograd_plus.notation import escaped, latex, text
from micrograd_plus.quiz import Quiz
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.page import page
from micrograd_plus.viz.training_player import training_player_html
from micrograd_plus.why import explain
from tests.exported import classifier_of
from tests.hostile import TEXTS

LABELS = [text for text in TEXTS if text and len(text) < 1000]
# Words of one sign each: names that differ in a number alone would be drawn as a group.
PLAIN = [chr(0x4E00 + k) for k in range(len(LABELS))]
# So many at a time that a graph is drawn node by node.
PARTS = [(LABELS[k : k + 4], PLAIN[k : k + 4]) for k in range(0, len(LABELS), 4)]


def graph_of(labels: list[str]) -> Value:
    """Inputs, scopes and results with these names, after backward."""
    total = Value(0.0, label="start")
    for k, label in enumerate(labels):
        with scope(label):
            total = (total + Value(0.5 + k / 100, label=label) * 0.25).tanh()
        total.label = label
    total.backward()
    return total


class Structure(HTMLParser):
    """Counts the tags of a page and the names of their attributes; what is said is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[(tag, *(name for name, _ in attrs))] += 1

    def handle_comment(self, data: str) -> None:
        self.found["comment",] += 1


def html_structure(html: str) -> Any:
    parser = Structure()
    parser.feed(html)
    parser.close()
    return parser.found


def svg_structure(svg: str) -> Any:
    # Lines of a label are texts of their own; what shows them may differ in number, not in kind.
    found = {(e.tag.partition("}")[2], *sorted(e.keys())) for e in ElementTree.fromstring(svg).iter()}
    return {kind for kind in found if kind[0] not in ("text", "title")} | {("text",)}


def dot_structure(dot: str) -> Any:
    """What stands outside strings in quotes; a backslash goes with the sign behind it."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', dot, flags=re.DOTALL)


def mermaid_structure(chart: str) -> Any:
    """Lines, without what stands in quotes and numbers of colours."""
    return [re.sub(r'"[^"]*"', '""', line) for line in chart.split("\n")]


def lines_structure(written: str) -> Any:
    return len(written.splitlines())


STRUCTURES: dict[str, Callable[[str], Any]] = {
    "svg": svg_structure,
    "html": html_structure,
    "dot": dot_structure,
    "mermaid": mermaid_structure,
    "text": lines_structure,
}


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.is_text])
def test_pictures_have_the_structure_of_plain_ones(name: str) -> None:
    for part in PARTS if name != "html" else [(LABELS, PLAIN)]:  # whose stages are the same for any names
        hostile, plain = (
            STRUCTURES[name](FORMATS[name].make(graph_of(labels)).content.decode("utf-8")) for labels in part
        )
        assert ascii(hostile) == ascii(plain), ascii(part[0])


def test_pages_have_the_structure_of_plain_ones() -> None:
    def pages(labels: list[str]) -> list[str]:
        sections = [Section(label, label, [b"\x89PNG"], [label], [[label]]) for label in labels]
        return [
            lab_page(labels[0], "lead", sections),
            *(page(label, "<p>body</p>", data={label: label}) for label in labels),
        ]

    for hostile, plain in zip(pages(LABELS), pages(PLAIN), strict=True):
        found, wanted = html_structure(hostile), html_structure(plain)
        assert found.keys() == wanted.keys()
        del found["p",], wanted["p",]  # lines of a text are paragraphs
        assert found == wanted
        assert_shown(hostile)


def assert_shown(page: str) -> None:
    """Whoever reads the file, in a terminal or an editor, finds nothing that is obeyed or hides what stands there."""
    assert all(line.isprintable() for line in page.split("\n"))


def test_data_of_pages_is_read_as_it_was() -> None:
    made = page("title", "", data=LABELS)
    (found,) = re.findall(r"<script[^>]*application/json[^>]*>(.*?)</script>", made, re.DOTALL)
    assert [text.encode("utf-8", "replace") for text in json.loads(found)] == [
        text.encode("utf-8", "replace") for text in LABELS
    ]


def test_training_players() -> None:
    def structure(names: list[str]) -> Any:
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(2 * len(names), 2)), np.arange(2 * len(names)) % len(names)
        classifier = Classifier.for_samples(X, names[:2], names, Settings(hidden=(2,), epochs=1, loss="cross-entropy"))
        history = classifier.fit(X, y, validation=(X, y), record=True)
        made = training_player_html(history, classifier, title=names[0])
        assert_shown(made)
        return html_structure(made)

    assert structure(LABELS) == structure(PLAIN)


# --- LaTeX


def latex_structure(written: str) -> Any:
    """The commands and signs that LaTeX obeys."""
    return Counter(re.findall(r"\\[A-Za-z]+|(?<!\\)[$%&#{}~]", re.sub(r"\\[&%$#_{}]", "", written)))


def test_latex_knows_no_command_of_a_label() -> None:
    own = {r"\textbackslash", r"\textasciicircum", r"\textasciitilde"}
    for label in TEXTS:
        for written in (escaped(label), latex(Value(1.0, label=label) + Value(2.0, label=label))):
            found = latex_structure(written)
            assert not set(found) - own - {"{", "}"}, ascii(label)
            assert found["{"] == found["}"]
            assert written.isprintable()


# --- texts of the library


def test_texts_are_printable() -> None:
    """Whoever prints them, also outside the command line, finds nothing that a terminal obeys."""
    for label in LABELS:
        root = graph_of([label, "b"])
        leaf = graph(root)[1]
        debugger = Debugger(root)
        texts = [repr(root), repr(leaf), text(root), str(explain(root, leaf)), str(diagnose(root)), repr(debugger)]
        texts += [repr(debugger.event(at)) for at in range(len(debugger))]
        quiz = Quiz(root)
        texts += [quiz.question, quiz.hint(), quiz.reveal()]
        session = Session(root)
        texts += [session.set(leaf, 0.75).what, str(session.breakpoints.add("#1"))]
        texts += [str(compile(graph_of([label, "b"])).verify())]
        for written in texts:
            assert all(line.isprintable() for line in written.split("\n")), (ascii(label), ascii(written))


# --- files


def test_sessions_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    save_session(Session(graph_of(LABELS)), path)
    assert path.read_bytes().isascii()
    again = load_session(path).debugger.root
    assert [node.label for node in graph(again) if node.is_leaf and node.label] == ["start", *LABELS]


def test_names_in_checkpoints_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    writable = [label for label in LABELS if label.isprintable()]
    arrays = {label: np.array([float(k)]) for k, label in enumerate(writable)}
    save(path, arrays, {"names": LABELS, **{label: label for label in LABELS}})
    loaded, metadata = load(path)
    assert {name: array.tolist() for name, array in loaded.items()} == {n: a.tolist() for n, a in arrays.items()}
    assert metadata == {"names": LABELS, **{label: label for label in LABELS}}
    with safetensors.safe_open(path, "np") as file:
        assert set(file.metadata()) == {"micrograd_plus"}


def test_classifiers_keep_their_names(tmp_path: Path) -> None:
    classifier = classifier_of(TEXTS)
    classifier.save(tmp_path / "a.safetensors")
    again = Classifier.load(tmp_path / "a.safetensors")
    assert (again.feature_names, again.class_names) == (classifier.feature_names, classifier.class_names)

"""Exported files, run by onnxruntime, a C compiler and Python, compute what the classifier computes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from micrograd_plus import export, ops
from micrograd_plus.export.languages import functions_for
from micrograd_plus.export.numpy_source import NUMPY
from micrograd_plus.ops import FORMULAS, TABLE, Op, derived
from tests.exported import ACTIVATIONS, assert_computes_the_same, classifier_of, random_classifier
from tests.hostile import TEXTS

every_ending = pytest.mark.parametrize("ending", [".onnx", ".c", ".py"])


# A C compiler for each activation takes seconds.
@pytest.mark.parametrize("ending", [".onnx", pytest.param(".c", marks=pytest.mark.slow), ".py"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str, ending: str, tmp_path: Path) -> None:
    classifier = random_classifier(activation, activation=activation, hidden=(5, 3))
    assert_computes_the_same(classifier, tmp_path / f"model{ending}")


@pytest.mark.parametrize(
    ("ending", "seeds"),
    [
        (".onnx", range(25)),
        (".c", range(6)),
        (".py", range(25)),
        pytest.param(".onnx", range(25, 250), marks=pytest.mark.slow),
        pytest.param(".c", range(25, 50), marks=pytest.mark.slow),
        pytest.param(".py", range(25, 250), marks=pytest.mark.slow),
    ],
)
def test_random_models(ending: str, seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        # A path of its own: a library that is loaded is not loaded anew.
        assert_computes_the_same(random_classifier(seed), tmp_path / f"model{seed}{ending}")


@every_ending
@pytest.mark.parametrize("loss", ["hinge", "bce", "cross-entropy"])
def test_no_hidden_layer(loss: str, ending: str, tmp_path: Path) -> None:
    assert_computes_the_same(random_classifier(1, hidden=(), loss=loss), tmp_path / f"model{ending}")


@every_ending
def test_hostile_names_are_only_names(ending: str, tmp_path: Path) -> None:
    # Texts of ONNX and C are UTF-8, which has no lone surrogates; those of C end at a zero, and compilers need not take
    # more than 4095 characters.
    lacks = {".onnx": "\ud800", ".c": "\ud800\0", ".py": ""}[ending]
    names = [name for name in TEXTS if not set(lacks) & set(name) and (ending != ".c" or len(name) <= 4095)]
    assert_computes_the_same(classifier_of(names), tmp_path / f"model{ending}")


# --- the table of operations decides what can be exported -------------------------------------------------------------


@pytest.fixture
def _new_row() -> Iterator[None]:
    """Add a row that uses others, a parameter, a comparison as a number, and another row with its own parameter."""
    derived(
        "newcomer",
        lambda x, n: ops.sigmoid(x) * ops.leaky_relu(x, slope=n) - ops.greater(x, n) / 2.0,
        1.0,
        parameters={"n": 0.25},
    )
    yield
    del TABLE["newcomer"], FORMULAS["newcomer"]


@pytest.mark.usefixtures("_new_row")
@every_ending
def test_a_new_row_is_exported_by_existing(ending: str, tmp_path: Path) -> None:
    classifier = random_classifier(4, activation="newcomer", hidden=(4, 3))
    assert_computes_the_same(classifier, tmp_path / f"model{ending}")


@pytest.fixture
def _rows_of_pairs() -> Iterator[None]:
    """Add rows of one input that read those of two which no activation of the table reads."""
    derived("angled", lambda x: ops.hypot(x, 0.5) + ops.arctan2(x, -0.5) + ops.logaddexp(x, 1.0), 1.0)
    derived("divided", lambda x: ops.remainder(x, 0.7) + ops.remainder(0.3, x) + ops.floor_divide(x, -0.7), 1.0)
    yield
    for name in ("angled", "divided"):
        del TABLE[name], FORMULAS[name]


@pytest.mark.usefixtures("_rows_of_pairs")
@pytest.mark.parametrize(
    ("row", "ending"), [("angled", ".onnx"), ("angled", ".c"), ("angled", ".py"), ("divided", ".c"), ("divided", ".py")]
)
def test_rows_of_two_inputs_are_exported_inside_of_others(row: str, ending: str, tmp_path: Path) -> None:
    assert_computes_the_same(random_classifier(5, activation=row, hidden=(4, 3)), tmp_path / f"model{ending}")


@every_ending
def test_an_operation_without_a_way_is_named(ending: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if ending == ".onnx":
        pytest.importorskip("onnx")
    monkeypatch.setitem(TABLE, "strange", Op("strange", float, lambda x: x, (1.0,)))
    classifier = random_classifier(0, activation="strange", hidden=(2,))
    name = {".onnx": "ONNX", ".c": "C", ".py": "NumPy"}[ending]
    with pytest.raises(export.ExportError, match=f"the operation strange cannot be written in {name}"):
        export.save(classifier, tmp_path / f"model{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_new_row")
def test_a_row_with_other_parameters_is_a_function_of_its_own() -> None:
    functions = functions_for(TABLE["newcomer"], NUMPY)
    assert [f.name for f in functions] == ["sigmoid", "leaky_relu_0_25", "newcomer"]
    assert functions[-1].result == "(sigmoid(x) * leaky_relu_0_25(x)) - ((1.0 * (x > 0.25)) / 2.0)"

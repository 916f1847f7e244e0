"""Data sets by name and by path, and their splits and batches."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import data
from micrograd_plus.data import DataError, batches, load, split

labels = st.lists(st.integers(0, 4), min_size=2, max_size=60)


def numbered(y):
    """Return samples whose only feature is their row number, so that a row can be recognised anywhere."""
    return np.arange(len(y), dtype=np.float64)[:, None], np.array(y, dtype=np.int64)


@pytest.mark.parametrize("name", data.NAMES)
def test_every_name_loads_a_consistent_data_set(name):
    if name in ("wine", "breast-cancer", "digits"):
        pytest.importorskip("sklearn")
    found = load(name)
    assert found.name == name
    assert found.X.dtype == np.float64
    assert found.y.dtype == np.int64
    assert found.X.shape == (len(found.y), len(found.feature_names))
    assert set(found.y) == set(range(len(found.class_names)))
    assert {type(text) for text in (*found.feature_names, *found.class_names)} == {str}


def test_iris_is_the_table_that_scikit_learn_ships():
    tables = pytest.importorskip("sklearn.datasets")
    theirs, ours = tables.load_iris(), load("iris")
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.y, theirs.target)
    assert ours.class_names == tuple(theirs.target_names)


def test_toy_problems_are_drawn_from_the_seed():
    X, y = data.moons(rng=4)
    found = load("moons", rng=4)
    np.testing.assert_array_equal(found.X, X)
    np.testing.assert_array_equal(found.y, y)


def test_a_path_loads_a_file_whatever_its_ending(tmp_path):
    for ending in ("csv", "txt"):
        path = tmp_path / f"flowers.{ending}"
        path.write_text("kind,a\nx,1\ny,2\n")
        for name_or_path in (path, str(path)):
            found = load(name_or_path, "kind")
            assert found.X.tolist() == [[1.0], [2.0]]
            assert (found.name, found.feature_names, found.class_names) == ("flowers", ("a",), ("x", "y"))


def test_an_unknown_name_is_answered_with_all_names_and_the_close_one():
    with pytest.raises(DataError, match="unknown data set 'moon'") as caught:
        load("moon")
    message = str(caught.value)
    assert all(name in message for name in data.NAMES)
    assert message.endswith("did you mean 'moons'?")
    assert "\n" not in message


def test_an_empty_name_is_no_file():
    with pytest.raises(DataError, match="unknown data set ''"):
        load("")


def test_a_csv_that_is_not_there_is_a_missing_file_and_no_unknown_name():
    with pytest.raises(DataError, match=r"^none\.csv: No such file"):
        load("none.csv")


def test_a_label_column_is_for_files_only():
    with pytest.raises(DataError, match="moons has its classes already"):
        load("moons", "kind")


def test_without_scikit_learn_its_tables_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)  # what the import system does for "not to be found"
    with pytest.raises(DataError, match=r'wine needs scikit-learn: pip install "micrograd-plus\[data\]"'):
        load("wine")


def test_what_is_done_about_missing_values_goes_to_the_reader(tmp_path):
    path = tmp_path / "holes.csv"
    path.write_text("a,b,kind\n1,,x\n2,3,y\n4,5,x\n")
    with pytest.raises(DataError, match="column 'b': '' is not a number"):
        load(path)
    assert load(path, missing="drop").X.tolist() == [[2.0, 3.0], [4.0, 5.0]]
    found = load(path, missing="mean")
    np.testing.assert_array_equal(found.X[0], [1.0, np.nan])
    assert found.notes == (f"{path}: column 'b': 1 missing, filled with the mean of the training samples",)


@pytest.mark.parametrize("name", ["moons", "none.csv"])
def test_an_unknown_way_with_missing_values_is_answered_with_all_of_them(name):
    with pytest.raises(ValueError, match=r"unknown missing 'means': want error, drop, mean; did you mean 'mean'\?"):
        load(name, missing="means")


def test_data_sets_by_name_come_without_a_note():
    pytest.importorskip("sklearn")
    assert (np.ptp(load("digits").X, axis=0) == 0).any()  # constant columns, of which a file would have a note
    assert [load(name).notes for name in ("moons", "iris", "digits")] == [(), (), ()]


def test_a_fingerprint_tells_any_change_of_samples_classes_and_names():
    found = load("iris")
    X, y = found.X.copy(), found.y.copy()
    X[7, 1], y[7] = np.nextafter(X[7, 1], 9), 2
    others = [
        replace(found, X=X),
        replace(found, y=y),
        replace(found, X=found.X.T.reshape(found.X.shape)),
        replace(found, feature_names=found.feature_names[::-1]),
        replace(found, class_names=found.class_names[::-1]),
    ]
    assert len({found.fingerprint, *(other.fingerprint for other in others)}) == 6
    same = replace(found, X=np.asfortranarray(found.X), name="else", notes=("a note",))
    assert same.fingerprint == found.fingerprint


def test_a_fingerprint_is_the_same_in_another_process():
    program = "from micrograd_plus.data import load; print(load('iris').fingerprint)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == load("iris").fingerprint


def test_standard_input_is_a_data_set(tmp_path):
    program = "from micrograd_plus.data import load; found = load('-', 'kind'); print(found.name, found.X.tolist())"
    done = subprocess.run(
        [sys.executable, "-c", program], input="kind,a\nx,1\ny,2\n", capture_output=True, text=True, check=True
    )
    assert done.stdout == "stdin [[1.0], [2.0]]\n"


def test_scikit_learn_is_not_imported_before_it_is_needed():
    program = "import sys; from micrograd_plus.data import load; load('iris'); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@given(y=labels.filter(lambda y: max(Counter(y).values()) > 1), share=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_split_shares_out_every_class(y, share, seed):
    X, y = numbered(y)
    (X_train, y_train), (X_held, y_held) = split(X, y, share, rng=seed)
    assert sorted([*X_train[:, 0], *X_held[:, 0]]) == [*X[:, 0]]
    for X_part, y_part in ((X_train, y_train), (X_held, y_held)):
        np.testing.assert_array_equal(y[X_part[:, 0].astype(int)], y_part)
        assert (np.diff(X_part[:, 0]) > 0).all()
    for label, count in Counter(y.tolist()).items():
        held = int((y_held == label).sum())
        if count == 1:
            assert held == 0
        else:
            assert 1 <= held <= count - 1
            assert abs(held - share * count) <= 1


def test_split_is_repeatable_and_depends_on_the_seed():
    X, y = numbered([0, 1] * 50)
    held = [split(X, y, rng=seed)[1][0].ravel().tolist() for seed in (1, 1, 2)]
    assert held[0] == held[1]
    assert held[0] != held[2]


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_split_refuses_a_share_that_is_none(share):
    with pytest.raises(ValueError, match="validation is a share between 0 and 1"):
        split(*numbered([0, 0, 1, 1]), share, rng=0)


def test_split_refuses_classes_of_one_sample_each():
    with pytest.raises(ValueError, match="no class has two samples"):
        split(*numbered([0, 1, 2]), rng=0)


@given(y=labels, batch_size=st.integers(1, 70), shuffle=st.booleans())
def test_batches_give_every_sample_once(y, batch_size, shuffle):
    X, y = numbered(y)
    parts = [*batches(X, y, batch_size, shuffle, rng=0)]
    rows = np.concatenate([X_part[:, 0] for X_part, _ in parts]).astype(int)
    assert sorted(rows) == [*range(len(y))]
    np.testing.assert_array_equal(np.concatenate([y_part for _, y_part in parts]), y[rows])
    assert {len(y_part) for _, y_part in parts[:-1]} <= {batch_size}
    assert 1 <= len(parts[-1][1]) <= batch_size
    if not shuffle:
        assert [*rows] == [*range(len(y))]


def test_a_generator_gives_each_epoch_an_order_of_its_own_and_a_seed_does_not():
    X, y = numbered([0] * 30)

    def order(rng):
        return [row for X_part, _ in batches(X, y, 7, rng=rng) for row in X_part[:, 0]]

    generator = np.random.default_rng(0)
    first, second = order(generator), order(generator)
    assert first != second
    assert first != sorted(first)
    assert order(0) == order(0) == first


def test_batches_refuse_bad_arguments_before_the_first_batch():
    X, y = numbered([0, 1, 0])
    with pytest.raises(ValueError, match="batch_size is at least 1, not 0"):
        batches(X, y, 0, rng=0)
    with pytest.raises(TypeError, match="batch_size is an integer, not float"):
        batches(X, y, 2.0, rng=0)
    with pytest.raises(ValueError, match="shuffle=True needs rng"):
        batches(X, y, 2)
    with pytest.raises(ValueError, match=r"shapes \(3, 1\) and \(2,\)"):
        batches(X, y[:2], 2, rng=0)

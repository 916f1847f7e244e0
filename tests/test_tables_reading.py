import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables import DataError, read_features, read_labelled

GOOD = "a,b,kind\n1,2,x\n3,4,y\n"


@pytest.fixture
def write(tmp_path):
    def write_table(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_table


def error_of(call, path, *arguments):
    """Return the message without the file's name, having checked that it is one line that begins with the name."""
    with pytest.raises(DataError) as caught:
        call(path, *arguments)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    return message.removeprefix(str(path))


def test_features_and_labels_of_a_plain_file(write):
    X, y, feature_names, class_names, notes = read_labelled(write(GOOD))
    assert notes == ()
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    assert X.dtype == np.float64
    np.testing.assert_array_equal(y, [0, 1])
    assert y.dtype == np.int64
    assert feature_names == ("a", "b")
    assert class_names == ("x", "y")


def test_the_label_column_can_be_any(write):
    path = write("a,kind,b\n1,y,2\n3,x,4\n")
    X, y, feature_names, class_names, _ = read_labelled(path, "kind")
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(y, [1, 0])
    assert feature_names == ("a", "b")
    assert class_names == ("x", "y")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "10", "-1"], ("-1", "9", "10")),
        (["1.5", "1e1", "2"], ("1.5", "2", "1e1")),
        (["10", "9", "word"], ("10", "9", "word")),
        ([" b", "b ", "a"], ("a", "b")),
        (["nan", "Ada"], ("Ada", "nan")),
    ],
)
def test_classes_are_sorted_as_numbers_only_if_all_are_numbers(write, labels, classes):
    path = write("a,kind\n" + "".join(f"1,{label}\n" for label in labels))
    _, y, _, class_names, _ = read_labelled(path)
    assert class_names == classes
    assert [class_names[k] for k in y] == [label.strip() for label in labels]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\n\n"),
        'a,"b","kind"\n"1","2","x"\n3,4,"y"\n',
        " a , b , kind \n 1 , 2 , x \n 3 , 4 , y \n",
    ],
    ids=["byte order mark", "CRLF", "CR", "no last newline", "blank lines", "quotes", "spaces"],
)
def test_forms_of_the_same_table(write, content):
    X, y, feature_names, class_names, _ = read_labelled(write(content))
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(y, [0, 1])
    assert (feature_names, class_names) == (("a", "b"), ("x", "y"))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip).filter(bool)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    names=st.lists(words.map(lambda word: word + "'"), min_size=3, max_size=3, unique=True),
    rows=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5),
    labels=st.lists(words.map(lambda word: "_" + word), min_size=2, max_size=2, unique=True),
)
def test_what_pythons_csv_module_writes_is_read_back_to_the_last_bit(tmp_path_factory, names, rows, labels):
    text = io.StringIO()
    label_of_row = [labels[k % 2] for k in range(len(rows))]
    csv.writer(text).writerows([names, *([*row, label] for row, label in zip(rows, label_of_row, strict=True))])
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    path.write_bytes(text.getvalue().encode())
    X, y, feature_names, class_names, _ = read_labelled(path)
    assert X.tobytes() == np.array(rows).tobytes()
    assert [*feature_names] == names[:2]
    assert [class_names[k] for k in y] == label_of_row


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        ("\n\n", ": the file is empty"),
        ("a,b,kind\n", ": a header and no rows below it"),
        ("kind\nx\ny\n", ": one column only ('kind'); feature columns and a label column are wanted"),
        ("a,b,kind\n1,2,x\n1,2\n", ", line 3: 2 cells where the header has 3"),
        ("a,b,kind\n1,2,x\n1,2,3,y\n", ", line 3: 4 cells where the header has 3"),
        ("a,b,kind\n1,2,x\n1,two,y\n", ", line 3, column 'b': 'two' is not a number"),
        ("a,b,kind\n1,2,x\n1,,y\n", ", line 3, column 'b': '' is not a number"),
        ("a,b,kind\n1,2,x\n1,nan,y\n", ", line 3, column 'b': 'nan' is not a finite number"),
        ("a,b,kind\n1,2,x\n-inf,2,y\n", ", line 3, column 'a': '-inf' is not a finite number"),
        ("a,b,kind\n1,2,x\n1e999,2,y\n", ", line 3, column 'a': '1e999' is not a finite number"),
        ("a,b,kind\n1,2,x\n\n1,2,\n", ", line 4, column 'kind': the label is empty"),
        ("a,b,kind\n1,2,0\n1,2,NaN\n", ", line 3, column 'kind': the label 'NaN' is not a finite number"),
        ("a,b,kind\n1,2,x\n1,2,x\n", ", column 'kind': one class only ('x'); at least two are wanted"),
        ('a,b,kind\n1,2,x\n1,"2,y\n', ", line 3: unexpected end of data"),
        ('a,b,kind\n1,2,x\n1,"2"2,y\n', ", line 3: ',' expected after '\"'"),
        ('a,b,kind\n1,2,"two\nlines"\n1,bad,y\n', ", line 4, column 'b': 'bad' is not a number"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(write, content, message):
    assert error_of(read_labelled, write(content)).startswith(message)


def test_a_long_cell_does_not_make_a_long_message(write):
    message = error_of(read_labelled, write(f"a,kind\n{'z' * 10_000},x\n1,y\n"))
    assert ", line 2, column 'a'" in message
    assert len(message) < 200


def test_an_unknown_label_column_is_answered_with_the_close_ones(write):
    path = write("width,length,species\n1,2,x\n3,4,y\n")
    assert error_of(read_labelled, path, "specis") == ": no column 'specis'; did you mean 'species'?"
    assert error_of(read_labelled, path, "zzz") == ": no column 'zzz'; the columns are ['width', 'length', 'species']"


def test_files_that_can_not_be_read(tmp_path):
    assert error_of(read_labelled, tmp_path / "none.csv") == ": No such file or directory"
    assert error_of(read_labelled, tmp_path) == ": Is a directory"


def test_features_are_taken_by_name_in_the_order_asked_for(write):
    path = write("note,b,extra,a\nhello,2,nan,1\nthere,4,,3\n")
    np.testing.assert_array_equal(read_features(path, ["a", "b"]).X, [[1, 2], [3, 4]])


def test_one_row_and_one_column_are_enough_for_prediction(write):
    assert read_features(write("a\n7\n"), ["a"]).X.tolist() == [[7.0]]


def test_missing_features_are_all_named(write):
    message = error_of(read_features, write(GOOD), ["a", "bb", "c"])
    assert message.startswith(": no column 'bb', 'c'")
    assert "'b'" in message


def test_a_bad_cell_in_a_feature_is_an_error_for_prediction_too(write):
    assert error_of(read_features, write("a,b\n1,2\n3,x\n"), ["b"]) == ", line 3, column 'b': 'x' is not a number"

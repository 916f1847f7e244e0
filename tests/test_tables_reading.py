"""Tables of every form are read to the last bit, and what is wrong with one is said in one line."""

import csv
import io
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables import DataError, read_features, read_labelled

GOOD = "a,b,kind\n1,2,x\n3,4,y\n"
ADVICE = "a missing value? --missing drop leaves such rows out, --missing mean fills them in"


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
        ("a,b,kind\n1,2,x\n1,,y\n", f", line 3, column 'b': '' is not a number ({ADVICE})"),
        ("a,b,kind\n1,2,x\n1,nan,y\n", f", line 3, column 'b': 'nan' is not a finite number ({ADVICE})"),
        ("a,b,kind\n1,2,x\n1, N/A,y\n", f", line 3, column 'b': ' N/A' is not a number ({ADVICE})"),
        (
            "a;b;kind\n1;2;x\n-1,5;2;y\n",
            ", line 3, column 'a': '-1,5' is not a number: decimal commas are not read, -1.5 is",
        ),
        (
            'a,b,kind\n1,2,x\n1,"2,5e3",y\n',
            ", line 3, column 'b': '2,5e3' is not a number: decimal commas are not read",
        ),
        ("5.1,3.5,0\n4.9,3.0,1\n", ": the first row ('5.1, 3.5, 0') looks like data; it is to name the columns"),
        ("5.1,3.5,x\n4.9,3.0,x\n4,3,y\n", ": the first row ('5.1, 3.5, x') looks like data; it is to name the columns"),
        (",kind\n0,x\n1,y\n", ": no feature columns (column 'column 1': row numbers)"),
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


def test_a_cell_that_is_too_long_for_anything_is_one_line(write):
    assert error_of(read_labelled, write("z" * 200_000 + ",kind\n1,x\n")).startswith(", line 1: field larger than")


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


def test_names_that_look_like_numbers_are_taken_where_they_are_asked_for(write):
    assert read_features(write("0,1\n5,6\n"), ["1", "0"]).X.tolist() == [[6.0, 5.0]]
    assert read_labelled(write("0,1,digit\n5,6,0\n7,8,1\n")).feature_names == ("0", "1")
    assert read_labelled(write("0,1,2\n5,6,0\n7,8,1\n")).feature_names == ("0", "1")


# --- missing values

HOLES = "a,b,kind\n1,2,x\n,4,y\n5,?,x\n7,8,\n9,10,y\n"


def notes_of(path, table):
    """Return the notes without the file's name, which each begins with."""
    assert all(note.startswith(f"{path}") for note in table.notes)
    return [note.removeprefix(f"{path}") for note in table.notes]


def test_rows_with_missing_values_or_no_label_can_be_left_out(write):
    path = write(HOLES)
    table = read_labelled(path, missing="drop")
    assert table.X.tolist() == [[1, 2], [9, 10]]
    assert [table.class_names[k] for k in table.y] == ["x", "y"]
    assert notes_of(path, table) == [": 3 of 5 rows left out: a value is missing"]


def test_classes_of_which_no_row_is_left_are_none(write):
    table = read_labelled(write("a,kind\n1,x\n,gone\n2,y\n"), missing="drop")
    assert table.class_names == ("x", "y")
    assert table.y.tolist() == [0, 1]


def test_missing_values_can_stay_as_nan(write):
    path = write(HOLES.replace("7,8,\n", ""))
    table = read_labelled(path, missing="mean")
    np.testing.assert_array_equal(table.X, [[1, 2], [np.nan, 4], [5, np.nan], [9, 10]])
    assert notes_of(path, table) == [": columns 'a', 'b': 2 missing, filled with the mean of the training samples"]


def test_a_missing_label_is_no_number_to_fill_in(write):
    assert (
        error_of(partial(read_labelled, missing="mean"), write(HOLES)) == ", line 5, column 'kind': the label is empty"
    )


def test_words_for_missing_values_are_labels_like_any_other(write):
    for missing in ("error", "drop", "mean"):
        table = read_labelled(write("a,kind\n1,none\n2,?\n3,NA\n"), missing=missing)
        assert table.class_names == ("?", "NA", "none")


@pytest.mark.parametrize("missing", ["drop", "mean"])
def test_a_column_without_any_value_is_left_out(write, missing):
    path = write("a,b,c,kind\n1,,2,x\n3,NA,5,y\n")
    table = read_labelled(path, missing=missing)
    assert table.feature_names == ("a", "c")
    assert table.X.tolist() == [[1, 2], [3, 5]]
    assert notes_of(path, table) == [": column 'b': left out, no values"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b,kind\n1,,x\n,2,y\n", ": a value is missing in every row, so --missing drop leaves none"),
        ("a,kind\n,x\n,y\n", ": no feature columns (column 'a': no values)"),
        ("a,kind\n1,x\n,y\n", ", column 'kind': one class only ('x'); at least two are wanted"),
    ],
)
def test_too_little_may_be_left(write, content, message):
    assert error_of(partial(read_labelled, missing="drop"), write(content)) == message


def test_missing_values_in_features_for_prediction(write):
    path = write("a,b\n1,\n2,3\n")
    np.testing.assert_array_equal(read_features(path, ["b", "a"], missing="mean").X, [[np.nan, 1], [3, 2]])
    message = ", line 2, column 'b': '' is not a number (a missing value? only a model that was trained with --missing"
    assert error_of(read_features, path, ["b"]).startswith(message)


# --- notes


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (GOOD, []),
        ("a;b;kind\n1;2;x\n3;4;y\n", [": cells are separated by semicolons"]),
        ("a,a,kind\n1,2,x\n3,4,y\n", [": column 2 is named 'a' again: taken as 'a.2'"]),
        ("a,,kind\n1,2,x\n3,4,y\n", [": column 2 has no name: taken as 'column 2'"]),
        ("a,b,kind\n1,2,x\n3,2,y\n", [": column 'b': the same in all rows"]),
        (
            ",a,kind\n1,5,x\n2,6,y\n3,7,x\n",
            [": column 1 has no name: taken as 'column 1'", ": column 'column 1': left out, row numbers"],
        ),
        (
            "a,b,kind\n" + "".join(f"{k},{k % 3},{k / 7:.3f}\n" for k in range(30)),
            [", column 'kind': 30 classes in 30 rows; does it hold the labels?"],
        ),
        (b"a,b,kind\n1,2,caf\xe9\n3,4,x\n", [": not UTF-8 text (byte 0xe9 in line 2), read as Windows-1252"]),
    ],
)
def test_what_one_should_know_of_a_file_is_noted(write, content, notes):
    path = write(content)
    assert notes_of(path, read_labelled(path)) == notes


def test_columns_without_a_name_of_their_own_are_noted_where_they_are_used(write):
    path = write(",x,x,y,,,\n9,1,2,3,4,5,6\n8,1,2,3,4,5,6\n")
    assert notes_of(path, read_features(path, ["y", "x"])) == []
    assert notes_of(path, read_features(path, ["x.2"])) == [": column 3 is named 'x' again: taken as 'x.2'"]
    notes = notes_of(path, read_features(path, ["column 1", "x.2", "column 5", "column 6", "column 7"]))
    assert [note.split(":")[1].strip() for note in notes] == [
        "column 1 has no name",
        "column 3 is named 'x' again",
        "column 5 has no name",
        "2 more columns have no name of their own",
    ]


def test_only_a_nameless_first_column_can_be_row_numbers(write):
    for content in ("n,a,kind\n1,5,x\n2,7,y\n", ",a,kind\n1,5,x\n3,7,y\n", "a,,kind\n5,1,x\n7,2,y\n"):
        assert len(read_labelled(write(content)).feature_names) == 2


def test_constant_columns_are_kept_and_found_beside_missing_values(write):
    path = write("a,b,kind\n1,7,x\n2,,y\n3,7,y\n")
    table = read_labelled(path, missing="mean")
    assert table.feature_names == ("a", "b")
    assert notes_of(path, table)[1] == ": column 'b': the same in all rows"


def test_many_columns_do_not_make_a_long_note(write):
    names = [f"column_{k}" for k in range(99)]
    rows = [",".join(["1"] * 99 + [label]) for label in "xy"]
    [note] = read_labelled(write("\n".join([",".join([*names, "kind"]), *rows]))).notes
    assert note.endswith(
        ": columns 'column_0', 'column_1', 'column_2', 'column_3', 'column_4' and 94 more: the same in all rows"
    )


def test_columns_named_twice_are_found_for_prediction_as_for_training(write):
    path = write("x,x,kind\n1,2,a\n3,5,b\n")
    names = read_labelled(path).feature_names
    assert names == ("x", "x.2")
    assert read_features(path, names).X.tolist() == [[1, 2], [3, 5]]

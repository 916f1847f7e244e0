"""Rows in chunks: whatever their size and whichever way they are read, every number is what `float` makes of it."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables import chunks
from micrograd_plus.tables.chunks import MISSING, Chunk, Chunks, is_missing
from micrograd_plus.tables.rows import CsvRows
from micrograd_plus.tables.source import DataError, open_text

ENDS = ["\n", "\r\n", "\r"]
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6).map(str.strip)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1e6, 1e6).map("{:.3g}".format),
    st.sampled_from([" 1", "2 ", "+3", "-0", "1_000", ".5", "5.", "1E5", "\t7", "١", "1e-400", "5e-324"]),
)
missing_cells = st.sampled_from([*MISSING, " NA ", "NaN", "Null"])


@contextmanager
def chunks_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "_CHUNK", size)
        yield


def whole(path: Path, names: list[str], label: str | None, advice: str | None = None) -> Chunk:
    """Return all chunks of a file as one."""
    with open_text(str(path), []) as source:
        parts = [*Chunks(CsvRows(source), names, label, advice=advice)]
    labels = [text for part in parts for text in part.labels]
    return Chunk(np.concatenate([part.X for part in parts]), labels, [line for part in parts for line in part.lines])


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    path = tmp_path_factory.mktemp("tables") / "table.csv"

    def write_table(text: str) -> Path:
        path.write_bytes(text.encode())
        return path

    return write_table


@given(
    rows=st.lists(st.tuples(numbers, words, st.one_of(numbers, missing_cells), words), min_size=1, max_size=12),
    size=st.integers(1, 200),
    end=st.sampled_from(ENDS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    blanks=st.integers(0, 2),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_a_table_reads_back_exactly_whatever_the_chunks(
    write: Callable[[str], Path],
    rows: list[tuple[str, ...]],
    size: int,
    end: str,
    quoting: int,
    blanks: int,
    delimiter: str,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end + end * blanks, quoting=quoting, delimiter=delimiter)
    writer.writerows([["a", "kind", "b", "note"], *rows])
    path = write(text.getvalue())
    with chunks_of(size):
        found = whole(path, ["b", "a"], "kind")
    wanted = [[np.nan if is_missing(b) else float(b), float(a)] for a, _, b, _ in rows]
    assert found.X.tobytes() == np.array(wanted).tobytes()
    assert found.labels == [word for _, word, _, _ in rows]
    assert found.lines == [1 + (1 + blanks) * number for number in range(1, len(rows) + 1)]


def test_a_table_of_more_cells_than_memory_holds_is_refused(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a,b,kind\n" + "1,2,x\n" * 100)
    monkeypatch.setattr(chunks, "_MOST_CELLS", 300)
    assert len(whole(path, ["a", "b"], "kind").X) == 100
    monkeypatch.setattr(chunks, "_MOST_CELLS", 200)
    with chunks_of(60), pytest.raises(DataError, match=r"line 71: more than 200 cells so far$"):
        whole(path, ["a", "b"], "kind")


def test_cells_with_newlines_may_cross_the_end_of_a_chunk(write: Callable[[str], Path]) -> None:
    path = write('a,kind\n1,"x\n\ny"\n2,"p""q,\nr"\n\n3,z\n')
    for size in range(1, 40):
        with chunks_of(size):
            X, labels, lines = whole(path, ["a"], "kind")
        assert (X[:, 0].tolist(), labels, lines) == ([1.0, 2.0, 3.0], ["x\n\ny", 'p"q,\nr', "z"], [2, 5, 8])


def test_a_nan_with_a_sign_is_missing_wherever_it_is_read(write: Callable[[str], Path]) -> None:
    for kind in ("x", '"x,"'):  # a cell with a comma is read with care
        path = write(f"a,b,kind\n1,-nan,{kind}\n2,+nan,x\n")
        assert whole(path, ["b"], None).X.tobytes() == np.full(2, np.nan).tobytes()


@given(cell=st.one_of(numbers, missing_cells, words, st.text("0123456789.eE+-_xinfaINF ", max_size=8)))
def test_a_cell_is_a_number_exactly_if_it_is_one_to_python(write: Callable[[str], Path], cell: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], ["1", cell], ["2", "3"]])
    path = write(text.getvalue())
    try:
        number = float(cell)
    except ValueError:
        number = np.inf
    if is_missing(cell):
        assert np.isnan(whole(path, ["b"], None).X[0, 0])
        with pytest.raises(DataError, match=r"line 2, column 'b': .* is not a (finite )?number \(advice\)$"):
            whole(path, ["b"], None, advice="advice")
    elif np.isfinite(number):
        assert whole(path, ["b"], None).X.tobytes() == np.array([[number], [3.0]]).tobytes()
    else:
        with pytest.raises(DataError, match=r"line 2, column 'b': .* is not a (finite )?number"):
            whole(path, ["b"], None)


@pytest.mark.parametrize(
    "text",
    [
        "a,kind,b\n1,x,2\n3,y,4\n",
        "a,kind,b\r\n1,x,2\r\n\r\n3,y,4",
        'a,kind,b\n1,"x",2\n"3","y","4"\n',
        "a,kind,b\n1,x,\nNA,y,4\n",
        "a;kind;b\n1;é;2\n-;y;4\n",
    ],
    ids=["plain", "CRLF and blank lines", "quotes", "missing", "semicolons"],
)
def test_plain_tables_take_the_quick_way(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.delattr(Chunks, "_careful")
    assert len(whole(write(text), ["a", "b"], "kind").X) == 2


def test_both_ways_number_lines_alike(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a,kind\r\n\r\n1,x\r\n\r\n\r\n2,y\r\n3,z")
    quick = whole(path, ["a"], "kind")
    monkeypatch.setattr(Chunks, "_quick", lambda *_: None)
    careful = whole(path, ["a"], "kind")
    assert quick.lines == careful.lines == [3, 6, 7]
    assert (quick.labels, quick.X.tobytes()) == (careful.labels, careful.X.tobytes())


def test_quotes_inside_a_cell_are_part_of_it(write: Callable[[str], Path]) -> None:
    path = write('a,kind\n1, "x"\n2,5" pipe\n3,p"q"\n"4","y"\n')
    assert whole(path, ["a"], "kind").labels == ['"x"', '5" pipe', 'p"q"', "y"]


def test_quotes_make_a_row_of_an_empty_cell(write: Callable[[str], Path]) -> None:
    np.testing.assert_array_equal(whole(write('a\n""\n\n1\n'), ["a"], None).X, [[np.nan], [1.0]])


@pytest.mark.parametrize("row", ["1", "1,", "1,x,2,3", ",x", '""'])
@pytest.mark.parametrize("advice", [None, "advice"])
def test_rows_of_another_length_are_refused_whatever_is_missing(
    write: Callable[[str], Path], row: str, advice: str | None
) -> None:
    path = write(f"a,kind,b\n1,x,2\n{row}\n")
    with pytest.raises(DataError, match=f"line 3: {row.count(',') + 1} cells where the header has 3"):
        whole(path, ["a", "b"], "kind", advice)

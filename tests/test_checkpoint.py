"""Arrays and metadata come back to the last bit; damaged and other files are refused in one line."""

import ast
import inspect
import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from micrograd_plus import checkpoint
from micrograd_plus.checkpoint import CheckpointError, load, save

ARRAYS = {
    "layer1.weight": np.arange(6, dtype=np.float64).reshape(2, 3) / 7,
    "layer1.bias": np.array([-0.0, np.inf, np.nan], dtype=np.float32),
    "steps": np.array(12, dtype=np.int64),
    "nothing": np.zeros((0, 3)),
}
METADATA = {"hidden": [16, 16], "classes": ["Ärmel", "b\n"], "mean": [0.1, 1e-300], "best": None, "nested": {"a": True}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def bits(arrays):
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in arrays.items()}


def error_of(path):
    """Return the message without the file's name, having checked that it is one line that begins with the name."""
    with pytest.raises(CheckpointError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path}: ")


def write_raw(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_with_content(path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    save_file({"w": np.ones(2)}, path, metadata={"micrograd_plus": text})


def test_arrays_and_metadata_come_back_to_the_last_bit(path):
    save(path, ARRAYS, METADATA)
    arrays, metadata = load(path)
    assert bits(arrays) == bits(ARRAYS)
    assert metadata == METADATA
    assert list(arrays) == sorted(ARRAYS)
    arrays["layer1.weight"][0, 0] = 5.0  # writeable


dtypes = st.sampled_from([np.dtype("<f4"), np.dtype("<f8"), np.dtype("<i8"), np.dtype(">f8"), np.dtype(">i8")])
anything = dtypes.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)))


@given(arrays=st.dictionaries(st.text(max_size=8).filter(lambda name: name != "__metadata__"), anything, max_size=4))
def test_any_arrays_come_back(tmp_path_factory, arrays):
    path = tmp_path_factory.mktemp("checkpoints") / "model"
    save(path, arrays, {})
    native = {name: array.astype(array.dtype.newbyteorder("=")) for name, array in arrays.items()}
    assert bits(load(path)[0]) == bits(native)


@pytest.mark.parametrize(
    "view",
    [lambda a: a.T, lambda a: a[::-1], lambda a: a[:, ::2], np.asfortranarray, lambda a: np.broadcast_to(a, (2, 4, 5))],
    ids=["transposed", "reversed", "strided", "Fortran order", "broadcast"],
)
def test_the_memory_layout_of_an_array_does_not_matter(path, view):
    array = view(np.arange(20.0).reshape(4, 5))
    save(path, {"w": array}, {})
    np.testing.assert_array_equal(load(path)[0]["w"], array)


def test_the_file_is_one_that_safetensors_reads(path):
    save(path, ARRAYS, METADATA)
    assert bits(load_file(path)) == bits(ARRAYS)


@pytest.mark.slow
def test_the_same_content_in_any_order_gives_the_same_bytes_in_any_process(path):
    save(path, ARRAYS, METADATA)
    first = path.read_bytes()
    save(path, dict(reversed(ARRAYS.items())), dict(reversed(METADATA.items())))
    assert path.read_bytes() == first
    program = (
        "import sys, runpy; sys.path.insert(0, sys.argv[2]); import test_checkpoint as t;"
        "t.save(sys.argv[1], t.ARRAYS, t.METADATA)"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program, path, os.path.dirname(__file__)], check=True)
        assert path.read_bytes() == first


def test_a_file_cut_short_anywhere_is_refused(path):
    save(path, ARRAYS, METADATA)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert error_of(path).startswith("not a safetensors file, or one cut short")
    path.write_bytes(whole + b"x")
    assert error_of(path).startswith("not a safetensors file, or one cut short")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"PK\x03\x04" * 50,
        b"a,b,kind\n1,2,x\n" * 20,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2**40) + b"{}" * 50,
        struct.pack("<Q", 2) + b"\xff\xfe",
    ],
    ids=["PNG", "zip", "text", "header of 2^63 bytes", "header of 2^40 bytes", "header not UTF-8"],
)
def test_other_files_are_refused(path, content):
    path.write_bytes(content)
    assert error_of(path).startswith("not a safetensors file")


def test_text_of_a_foreign_header_can_not_reach_the_terminal_raw(path):
    write_raw(path, {"w": {"dtype": "\x1b[31m\nred", "shape": [1], "data_offsets": [0, 8]}}, bytes(8))
    assert "\x1b" not in error_of(path)


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F8_E4M3", "BOOL"])
def test_arrays_of_types_that_save_never_writes_are_refused(path, dtype):
    size = {"BF16": 2, "F16": 2}.get(dtype, 1)
    content = {"format": checkpoint.FORMAT, "version": 1, "metadata": {}}
    array = {"dtype": dtype, "shape": [1], "data_offsets": [0, size]}
    write_raw(path, {"__metadata__": {"micrograd_plus": json.dumps(content)}, "w": array}, bytes(size))
    assert error_of(path) == f"array 'w' is {dtype}; only F32, F64, I64 are read"


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_a_safetensors_file_of_another_program_is_no_checkpoint(path, metadata):
    save_file({"w": np.ones(2)}, path, metadata=metadata)
    assert error_of(path).startswith("a safetensors file but no checkpoint")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{broken", "its metadata is not JSON"),
        ("[" * 100_000, "its metadata is not JSON"),
        ("[]", "its metadata lacks"),
        ({}, "its metadata lacks"),
        ({"format": checkpoint.FORMAT, "version": 1}, "its metadata lacks"),
        ({"format": "other", "version": 1, "metadata": {}}, f"its format is 'other', not {checkpoint.FORMAT!r}"),
        ({"format": checkpoint.FORMAT, "version": 2, "metadata": {}}, "written by a newer micrograd_plus (format 2;"),
        ({"format": checkpoint.FORMAT, "version": 0, "metadata": {}}, "its version or metadata is not"),
        ({"format": checkpoint.FORMAT, "version": "1", "metadata": {}}, "its version or metadata is not"),
        ({"format": checkpoint.FORMAT, "version": True, "metadata": {}}, "its version or metadata is not"),
        ({"format": checkpoint.FORMAT, "version": 1, "metadata": []}, "its version or metadata is not"),
    ],
)
def test_metadata_that_save_did_not_write_is_refused(path, content, message):
    write_with_content(path, content)
    assert error_of(path).startswith(message)


def test_a_file_that_can_not_be_opened_is_an_ordinary_os_error(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path / "none")
    assert caught.value.strerror == os.strerror(caught.value.errno)
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


@pytest.mark.parametrize(
    ("arrays", "metadata", "exception", "message"),
    [
        ({"w": np.ones(2, dtype=np.float16)}, {}, TypeError, "w: a float16 array came where an array of float32"),
        ({"w": np.array([None])}, {}, TypeError, "w: a object array came"),
        ({"w": [1.0]}, {}, TypeError, "w: a list came"),
        ({"__metadata__": np.ones(2)}, {}, ValueError, "safetensors' own name"),
        ({}, {"loss": float("nan")}, ValueError, "not JSON compliant"),
        ({}, {"mean": np.ones(2)}, TypeError, "ndarray is not JSON serializable"),
    ],
)
def test_what_a_file_can_not_hold_is_refused_and_the_old_file_stays(path, arrays, metadata, exception, message):
    save(path, ARRAYS, METADATA)
    before = path.read_bytes()
    with pytest.raises(exception, match=message):
        save(path, arrays, metadata)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_nothing_is_ever_unpickled():
    names = {node.id for node in ast.walk(ast.parse(inspect.getsource(checkpoint))) if isinstance(node, ast.Name)}
    assert not names & {"pickle", "marshal", "shelve", "eval", "exec"}

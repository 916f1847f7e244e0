"""Models on disk: arrays in a safetensors file, with JSON metadata in its header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from micrograd_plus.atomic_file import PathLike, atomic_write
from micrograd_plus.input_file import LARGEST_FILE, bounded_json, open_regular
from micrograd_plus.plain_error import PlainError
from micrograd_plus.texts import one_line, printable

FORMAT = "micrograd_plus.checkpoint"
VERSION = 1

# One key for all: safetensors writes several in an order that changes from run to run.
_HEADER_KEY = "micrograd_plus"
_MOST_ENTRIES = 2**17  # of the header, arrays among them, each of which takes a kilobyte to read
_RESERVED_NAME = "__metadata__"
_DTYPES = {"F32": "float32", "F64": "float64", "I64": "int64"}


class CheckpointError(PlainError, ValueError):
    """What is wrong with a checkpoint file, in one line."""


def save(path: PathLike, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> None:
    """Write named arrays (float32, float64 or int64) and metadata (what JSON can hold) to `path`.

    Whatever goes wrong, an old file at `path` stays as it was. Raises `TypeError` or `ValueError` for what the file
    cannot hold and `OSError` where it cannot be written.
    """
    atomic_write(path, content(arrays, metadata))


def content(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> bytes:
    """Return what `save` writes: the same bytes for the same arrays and metadata, in any order.

    Raises `TypeError` or `ValueError` as `save`, also for more than `load` reads.
    """
    header = {"format": FORMAT, "version": VERSION, "metadata": dict(metadata)}
    text = json.dumps(header, sort_keys=True, allow_nan=False)
    plain = {name: _storable(name, array) for name, array in arrays.items()}
    written = to_safetensors(plain, metadata={_HEADER_KEY: text})
    _refuse_large(BytesIO(written))
    return written


def load(path: PathLike) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays, sorted by name, and the metadata that `save` wrote.

    Raises `OSError` for a file that cannot be read and `CheckpointError` for one that is no checkpoint, is cut short,
    is larger than `save` writes, or comes from a newer version.
    """
    with open_regular(path) as raw:  # safe_open's own OSError has no errno, and calls a folder a missing device
        try:
            _refuse_large(raw)
        except ValueError as error:
            raise CheckpointError(f"{path}: {error}") from error
    try:
        with safe_open(path, framework="np") as file:
            metadata = _metadata(path, file.metadata() or {})
            arrays = {name: _array(path, file, name) for name in sorted(file.keys())}
    except SafetensorError as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise CheckpointError(f"{path}: not a safetensors file, or one cut short ({reason!r})") from error
    return arrays, metadata


def _refuse_large(file: BinaryIO) -> None:
    """Raise a ValueError for a file that would take a gigabyte: a sparse one is small on the disk alone."""
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST_FILE:
        raise ValueError(f"a checkpoint of {size:,} bytes, and at most {LARGEST_FILE:,} are read")
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    entries = file.read(min(length, size)).count(b"{")
    if entries > _MOST_ENTRIES:
        raise ValueError(f"a checkpoint of {entries:,} entries, and at most {_MOST_ENTRIES:,} are read")


def _storable(name: str, array: Any) -> NDArray[Any]:
    """Return the array in C order and native byte order, as safetensors takes it."""
    if name == _RESERVED_NAME:
        raise ValueError(f"{name!r} is safetensors' own name; an array needs another")
    if not isinstance(array, np.ndarray) or array.dtype.name not in _DTYPES.values():
        came = f"{array.dtype} array" if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"{printable(name)}: a {came} came where an array of {', '.join(_DTYPES.values())} is wanted")
    return np.asarray(array, dtype=array.dtype.name, order="C")


def _array(path: PathLike, file: Any, name: str) -> NDArray[Any]:
    dtype = file.get_slice(name).get_dtype()
    if dtype not in _DTYPES:
        raise CheckpointError(f"{path}: array {name!r} is {dtype}; only {', '.join(_DTYPES)} are read")
    array: NDArray[Any] = file.get_tensor(name)
    return array


def _metadata(path: PathLike, header: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata out of the header, if its format and version are ours."""
    if _HEADER_KEY not in header:
        raise CheckpointError(f"{path}: a safetensors file but no checkpoint ({_HEADER_KEY!r} is not in its header)")
    try:
        content = bounded_json(header[_HEADER_KEY])
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: its metadata is not JSON ({error})") from error
    if not isinstance(content, dict) or not {"format", "version", "metadata"} <= content.keys():
        raise CheckpointError(f"{path}: its metadata lacks format, version or metadata")
    if content["format"] != FORMAT:
        raise CheckpointError(f"{path}: its format is {one_line(repr(content['format']))}, not {FORMAT!r}")
    version, metadata = content["version"], content["metadata"]
    if type(version) is not int or version < 1 or not isinstance(metadata, dict):
        raise CheckpointError(f"{path}: its version or metadata is not as a checkpoint has them")
    if version > VERSION:
        raise CheckpointError(
            f"{path}: written by a newer micrograd_plus (format {version}; this one reads up to {VERSION})"
        )
    return metadata

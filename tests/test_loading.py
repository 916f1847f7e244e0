"""Modules of texts: tracebacks show their lines, and the cache of lines does not grow."""

import gc
import linecache
import traceback

import pytest

from micrograd_plus.compiler.loading import Module


def test_tracebacks_show_the_source() -> None:
    module = Module("def fails():\n    return [][0]  # as it is written\n", {})
    with pytest.raises(IndexError) as caught:
        module.function("fails")()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "return [][0]  # as it is written"


def test_a_source_leaves_the_cache_of_lines_when_the_next_one_comes_and_not_while_the_cache_is_read() -> None:
    first = Module("a = 1\n", {})
    [name] = [entry[3] for entry in linecache.cache.values() if len(entry) == 4 and entry[2] == ["a = 1\n"]]
    del first
    gc.collect()
    assert name in linecache.cache
    second = Module("b = 2\n", {})
    assert name not in linecache.cache
    assert second.text == "b = 2\n"

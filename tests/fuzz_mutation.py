"""Real inputs, damaged at random: bytes, texts and what JSON holds."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

# What programs stumble over, as text.
HOSTILE = (
    "", " ", "0", "-1", "1", "2", "-0.0", "1e308", "1e999", "-1e-320", "nan", "-nan", "inf", "-inf",
    "1_0", "0x1F", "٣", "1,5", "None", "true", "=1+1", "@SUM(A1)", "\x1b[31m", "\r", "\n", "\t", "\0",
    "\ufeff", "\u202e", "é", "😀", "'", '"', '""', "'''", "\\", "\\x", "%s", "{0}", "{", "}", "[", "]",
    "(", ")", "<script>", "</svg>", "&amp;", "#", ";", ",", ":", "--", "-", "*", "**", "x",
    "__import__('os')", "lambda", "x.__class__", "a" * 300, "9" * 30, "(" * 200, "e", "$HOME",
)  # fmt: skip

# The same as values in JSON.
VALUES = (
    None, True, False, 0, 1, -1, 2, 3, 7, 10**6, 2**31, 2**63, -(2**63), 10**30, 10**400, 0.5, -0.0,
    1e308, 5e-324, "", "x", "nan", "inf", "-nan", "text", [], [[]], [0], [1, 2], [0, 0, 0], [10**6, 10**6],
    [None], {}, {"tuple": []}, {"tuple": [0, 1]}, {"tuple": [1000000, 1000000]}, {"text": "x"},
    {"slice": [None, None, None]}, {"slice": [0, 10**18, -1]}, {"ellipsis": True},
    {"dtype": "float64", "shape": [1], "base64": "AAAAAAAA8D8="}, {"dtype": "bool", "shape": [2], "base64": "AQA="},
    {"dtype": "int64", "shape": [0, 10**9], "base64": ""}, {"dtype": "float32", "shape": [], "base64": "AACAfw=="},
    {"dtype": "object", "shape": [0], "base64": ""},
)  # fmt: skip


def damaged_bytes(rng: random.Random, content: bytes, words: Sequence[str] = HOSTILE) -> bytes:
    """Return the content after a few of: bits flipped, parts left out, said twice, cut off, words put in."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        start = rng.randint(0, len(data))
        end = min(len(data), start + rng.choice((1, 2, 8, 40)))
        match rng.randrange(6):
            case 0 if start < len(data):
                data[start] ^= 1 << rng.randrange(8)
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end] * rng.choice((1, 2, 50))
            case 3 if rng.random() < 0.3:
                del data[start:]
            case 4:
                data[start:end] = rng.choice(words).encode()
            case _:
                data[start:start] = rng.choice(words).encode()
    return bytes(data)


def damaged_text(rng: random.Random, text: str, words: Sequence[str] = HOSTILE) -> str:
    """Return a text after damage to its letters."""
    return damaged_bytes(rng, text.encode("utf-8", "replace"), words).decode("utf-8", "ignore")


def damaged_json(rng: random.Random, content: Any) -> Any:
    """Return a copy in which a few places hold something else, nothing, or what another place holds."""
    content = copy.deepcopy(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        holder, key = place_in(rng, content)
        if holder is None:
            return rng.choice(VALUES)
        other, place = place_in(rng, content)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1 if other is not None:
                holder[key] = copy.deepcopy(other[place])
            case 2 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 3 if isinstance(holder[key], str):
                holder[key] = damaged_text(rng, holder[key])
            case 4 if type(holder[key]) is int:
                holder[key] += rng.choice((-1, 1, 2, 1000))
            case _:
                holder[key] = copy.deepcopy(rng.choice(VALUES))
    return content


def place_in(rng: random.Random, content: Any) -> tuple[Any, Any]:
    """Return a place in nested lists and objects, as what holds it and its key; no holder if there is none."""
    holder, key = None, None
    while isinstance(content, dict | list) and content:
        if holder is not None and rng.random() < 0.15:
            break
        holder = content
        key = rng.choice(list(content)) if isinstance(content, dict) else rng.randrange(len(content))
        content = content[key]
    return holder, key

"""A gradient as a sum of terms, which shows itself in three forms: text, Markdown and LaTeX."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.explanation import factor, number_or_range
from micrograd_plus.notation import escaped, latex, operator_of, short, text
from micrograd_plus.paths import MOST_COUNTED
from micrograd_plus.texts import printable
from micrograd_plus.value import Value

_COLUMNS = 100
_LEFT = 24  # of the columns, for the share of a term
_WIDTH = _COLUMNS - _LEFT
_MOST_LATEX_FACTORS = 8

Style = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the sum: `part` is its part of the sum of sizes, from 0 to 1, `title` where it comes from.

    `factors` are those of its local derivatives that are not exactly 1, each as a formula and as a number. Of very many
    those at both ends stand there; `untold` is how many are between them.
    """

    share: Any
    part: float
    title: str
    factors: tuple[tuple[Value, Any], ...] = ()
    untold: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class GradientSum:
    """The gradient of `out` by `node` as a sum, largest terms first.

    The terms are parts `by` something, or "path"s; `terms` are the listed ones of `count`. `blocked_by` tells how many
    are cut off by which operation, and `rest` what those that are not listed add up to. `total` is the sum of all,
    found another way than the gradient; rounding explains differences up to `tolerance`.
    """

    out: str
    node: str
    gradient: Any
    total: Any
    rest: Any
    tolerance: float
    by: str
    count: int
    terms: tuple[Term, ...]
    blocked_by: Mapping[str, int]
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the sum of all terms is the gradient, up to rounding."""
        finite = [np.isfinite(x).all() for x in (self.total, self.gradient)]
        if not all(finite):  # nan and inf have no rest that could be compared
            return not any(finite)
        return bool(np.allclose(self.total, self.gradient, rtol=0.0, atol=self.tolerance, equal_nan=True))

    @property
    def unlisted(self) -> int:
        """The number of terms that are neither listed nor cut off."""
        # A path that is cut off is listed too where 0 meets inf on it: it is nan.
        return max(self.count - sum(self.blocked_by.values()) - len(self.terms), 0)

    # --- sentences, the same in all forms

    @property
    def head(self) -> str:
        """What the gradient is, and of how many terms it is the sum."""
        by = f", by {self.by}" if self.by != self._noun else ""
        terms = f"the sum of {_terms(self.count, self._noun)}{by}{self._cut_off()}{self.note}"
        return f"∂{self.out}/∂{self.node} = {number_or_range(self.gradient)}: {terms}"

    @property
    def _noun(self) -> str:
        return "path" if self.by == "path" else "part"

    def _cut_off(self) -> str:
        if not self.blocked_by:
            return ""
        number = sum(self.blocked_by.values())
        named = [(printable(symbol), paths) for symbol, paths in self.blocked_by.items()]
        by_number = sorted(named, key=lambda item: (-item[1], item[0]))
        who = f" by {by_number[0][0]}" if len(by_number) == 1 else ""
        several = ": " + ", ".join(f"{counted(n)} by {symbol}" for symbol, n in by_number) if not who else ""
        return f"; {counted(number)} {'is' if number == 1 else 'are'} cut off{who}{several}"

    @property
    def covered(self) -> str:
        """Which part of all is listed, and what the rest adds up to; empty if nothing is left out."""
        if not self.unlisted:
            return ""
        part = _percent(math.fsum(term.part for term in self.terms)) or "listed"
        these = f"these {len(self.terms)} of" if len(self.terms) != 1 else "this one of"
        verb = "are" if len(self.terms) != 1 else "is"
        rest = f"the rest adds up to {number_or_range(self.rest)}"
        return f"{these} {_terms(self.count, self._noun)} {verb} {part}; {rest}"

    @property
    def check(self) -> str:
        """Whether the sum of all terms is the gradient."""
        total = f"sum of all {self._noun}s = {number_or_range(self.total)}"
        if self.is_right:
            return f"{total} = the gradient"
        return f"{total}, but the gradient is {number_or_range(self.gradient)}"

    # --- forms

    def __repr__(self) -> str:
        return self.in_columns(_COLUMNS)

    def in_columns(self, columns: int) -> str:
        """Return the sum as text, with the terms cut to so many columns."""
        width = max(columns - _LEFT, _LEFT)
        rows = [("share", "of all", [self.by])] if self.terms else []
        for term in self.terms:
            lines = [cut(term.title, width), *_in_width(*_products(term, _symbol, factor, " · "), width)]
            rows.append((number_or_range(term.share), _percent(term.part), lines))
        shares = max((len(share) for share, _, _ in rows), default=0) + 2
        parts = max((len(part) for _, part, _ in rows), default=0) + 2
        table = []
        for share, part, (first, *others) in rows:
            table.append(f"{share:>{shares}}{part:>{parts}}  {first}")
            table += [" " * (shares + parts + 2) + line for line in others]
        return "\n".join([self.head, "", *table, *([""] if table else []), *self._closing()])

    def _closing(self) -> list[str]:
        return [sentence for sentence in (self.covered, self.check) if sentence]

    @property
    def markdown(self) -> str:
        """The sum as Markdown: its sentences, and a table of the terms."""
        lines = [f"**{_markdown(self.head)}**", ""]
        has_factors = any(term.factors for term in self.terms)
        cells = ["share", "of all", self.by, *["local derivatives"] * has_factors]
        lines.append(f"| {' | '.join(cells)} |")
        lines.append(f"|---:|---:|{':---|' * (len(cells) - 2)}")
        for term in self.terms:
            cells = [number_or_range(term.share), _percent(term.part), term.title]
            if has_factors:
                cells.append(_equation(*_products(term, _symbol, factor, " · ")))
            lines.append(f"| {' | '.join(map(_markdown, cells))} |")
        return "\n\n".join(["\n".join(lines), *map(_markdown, self._closing())]) + "\n"

    @property
    def latex(self) -> str:
        """The sum as LaTeX: an `aligned` block that stands in a formula of its own."""
        terms = [self._latex_term(term) for term in self.terms]
        if self.unlisted:
            terms.append(rf"\underbrace{{{_latex_number(self.rest)}}}_{{\text{{{counted(self.unlisted)} more}}}}")
        left = rf"\frac{{\partial {_latex_name(self.out)}}}{{\partial {_latex_name(self.node)}}}"
        lines = [f"{'&=' if k == 0 else '&+'} {term}" for k, term in enumerate(terms)]
        lines.append(f"&= {_latex_number(self.gradient)}")
        body = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{left} {body}\n\\end{{aligned}}"

    def _latex_term(self, term: Term) -> str:
        share = _latex_factor(term.share)
        if not term.factors:
            return share if self.by == "path" else rf"\underbrace{{{share}}}_{{\text{{{escaped(term.title)}}}}}"
        if (count := len(term.factors) + term.untold) > _MOST_LATEX_FACTORS:
            return rf"\underbrace{{{share}}}_{{\text{{{count} factors}}}}"
        symbols, numbers = _products(term, _latex_symbol, _latex_factor, r" \cdot ")
        if symbols == share:
            return share
        below = [term for term in (numbers, _latex_number(term.share)) if term != symbols]
        return rf"\underbrace{{{symbols}}}_{{{' = '.join(dict.fromkeys(below))}}}"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def counted(number: int) -> str:
    """Return a number of paths as text, however many there are.

    >>> counted(4112), counted(2**400), counted(10**300)
    ('4,112', 'about 10^120', 'more than 10^300')
    """
    if number >= MOST_COUNTED:
        return f"more than 10^{math.log10(MOST_COUNTED):.0f}"
    return f"{number:,}" if number < 10**15 else f"about 10^{math.log10(number):.0f}"


def _terms(number: int, noun: str) -> str:
    return f"{counted(number)} {noun}{'' if number == 1 else 's'}"


def _percent(part: float) -> str:
    return f"{short(100 * part, 3)} %" if part == part else ""


# --- products of local derivatives ------------------------------------------------------------------------------------


def _products(term: Term, symbol: Style, number: Style, times: str) -> tuple[str, str]:
    """Return the factors of a term, as formulas and as numbers, each in one line."""
    symbols = [symbol(formula) for formula, _ in term.factors]
    numbers = [number(x) for _, x in term.factors]
    if term.untold:
        middle = len(numbers) // 2
        for factors in (symbols, numbers):
            factors.insert(middle, "…")
    return times.join(symbols), times.join(numbers)


def _equation(symbols: str, numbers: str) -> str:
    return symbols if symbols == numbers else f"{symbols} = {numbers}"


def _in_width(symbols: str, numbers: str, width: int) -> list[str]:
    """Return the products in one line or, if they are too long, in two that are cut in the middle."""
    if not symbols:
        return []
    equation = _equation(symbols, numbers)
    return [equation] if len(equation) <= width else [cut(symbols, width), "= " + cut(numbers, width - 2)]


def cut(line: str, width: int = _WIDTH) -> str:
    """Return a line with its middle left out, between words, if it is longer than `width`.

    >>> cut("a · b · c · d · e", 11)
    'a · … · e'
    """
    if len(line) <= width:
        return line
    half = width // 2 - 1
    head, tail = line[:half], line[-half:]
    if " " in head and " " in tail:
        head, tail = head[: head.rfind(" ") + 1], tail[tail.find(" ") :]
    return f"{head}…{tail}"


def _symbol(formula: Value) -> str:
    written = text(formula)
    return f"({written})" if _is_open(formula, written) else written


def _latex_symbol(formula: Value) -> str:
    written = latex(formula)
    if not _is_open(formula, written):
        return written
    return f"({written})" if formula.is_leaf else rf"\left({written}\right)"


def _is_open(formula: Value, written: str) -> bool:
    """Tell whether a formula needs parentheses as a factor."""
    return written.startswith("-") if formula.is_leaf else operator_of(formula.op) not in (ast.Call, ast.Mult)


def _latex_number(x: Any) -> str:
    written = number_or_range(x).replace("..", r"\ldots")
    return written if written.startswith("[") else latex(Value(float(written)))


def _latex_factor(x: Any) -> str:
    written = _latex_number(x)
    return f"({written})" if written.startswith("-") else written


def _latex_name(name: str) -> str:
    return latex(Value(0.0, label=name))


def _markdown(line: str) -> str:
    """Return a text in which nothing means anything to Markdown or HTML, not even inside a table."""
    return re.sub(r"[!#$&*:<>@\[\\\]^_`{|}~]", lambda mark: f"&#{ord(mark[0])};", line)

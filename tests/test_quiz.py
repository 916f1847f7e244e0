"""A quiz: what it says, what it keeps to itself, and how it goes on."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import graph
from micrograd_plus.quiz import Quiz, number_of
from tests.graphs import gradients_of
from tests.programs import QUARTERS, Program, programs
from tests.viz_graphs import dead_relu, layer_of_arrays, neuron


@given(programs(QUARTERS), st.integers(0, 5))
def test_who_knows_backward_gets_all_right(program: Program, seed: int) -> None:
    root = program.run([Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)])
    root.backward()
    before = gradients_of(root)
    quiz = Quiz(root, seed)
    while quiz.current:
        assert quiz.answer(repr(float(quiz.current.node.grad)))
    assert quiz.score.right == quiz.score.asked == len(quiz)
    assert quiz.score.wrong == quiz.score.hints == 0
    assert gradients_of(root) == before


def test_a_graph_without_gradients_keeps_none() -> None:
    y = Value(2.0, label="x") ** 2
    assert Quiz(y).answer("4")
    assert not any(node.has_grad for node in graph(y))


def test_a_question_says_all_that_is_needed_and_no_more() -> None:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    quiz = Quiz((x * w + x) ** 2, of="leaves")
    assert quiz.current
    assert quiz.question.splitlines() == [
        "∂out/∂x = ?",
        "  #4 = #3 + x",
        "  #3 = x * w",
        "  #3 = -6, x = 2, #4 = -4, w = -3",
        "  ∂out/∂#4 = -8, ∂out/∂#3 = -8",
    ]
    assert f" {quiz.current.gradient:g}" not in quiz.question


@pytest.mark.parametrize("make", [neuron, dead_relu, layer_of_arrays])
def test_a_hint_is_rules_without_numbers_of_this_graph(make: type) -> None:
    quiz = Quiz(make())
    while quiz.current:
        for line in quiz.hint().splitlines():
            numbers = re.findall(r"(?<![#\w])-?\d*\.\d+", line)
            assert numbers == []
            assert line.startswith("∂")
        quiz.reveal()


def test_a_wrong_answer_is_only_wrong_and_a_right_one_goes_on() -> None:
    quiz = Quiz(neuron(), of="parameters")
    first = quiz.question
    assert not quiz.answer("0.49")
    assert quiz.question == first
    assert quiz.answer(" 1/2 ")
    assert quiz.question != first
    assert (quiz.score.right, quiz.score.asked, quiz.score.wrong) == (1, 1, 1)
    assert repr(quiz) == "<quiz: question 2 of 3>"


def test_what_cannot_be_read_is_no_answer() -> None:
    quiz = Quiz(neuron())
    for text in ('x"; import os', "__import__('os').system('true')", "", "1/", "w1", "0,5", "9" * 5000):
        with pytest.raises(ValueError, match=r"column|wanted a number"):
            quiz.answer(text)
    with pytest.raises(TypeError, match="wanted a real number"):
        quiz.answer(None)
    assert quiz.score.wrong == 0


@pytest.mark.parametrize(("text", "number"), [("-3/4", -3 / 4), ("1e-3", 1e-3), ("1/3", 1 / 3), ("-inf", -np.inf)])
def test_numbers_and_fractions(text: str, number: float) -> None:
    assert number_of(text) == number


def test_two_hints_for_a_question_count_once() -> None:
    quiz = Quiz(neuron())
    assert quiz.hint() == quiz.hint()
    quiz.reveal()
    quiz.hint()
    assert quiz.score.hints == 2


def test_the_answer_that_is_revealed_is_the_gradient() -> None:
    for make in (neuron, dead_relu, layer_of_arrays):
        quiz = Quiz(make())
        while current := quiz.current:
            said = quiz.reveal().rpartition(" = ")[2]
            assert float(said) == pytest.approx(current.gradient, rel=1e-3)
        assert quiz.score.right == 0
        with pytest.raises(ValueError, match="the quiz is over: 0 of"):
            quiz.hint()


def test_large_arrays_and_many_readers_are_cut() -> None:
    x = Tensor(np.arange(100.0).reshape(20, 5), label="x")
    quiz = Quiz((x * x).sum())
    quiz.reveal()
    assert "x = [0 .. 99], 20 x 5" in quiz.question
    w = Value(0.5, label="w")
    many = Quiz(sum((w * k for k in range(1, 40)), Value(0.0, label="start")), of="leaves")
    many.reveal()
    while many.current and many.current.node is not w:
        many.reveal()
    assert "... and 35 more" in many.question
    assert "... and 35 more" in many.hint()
    assert many.reveal().endswith(f"∂out/∂w = {sum(range(1, 40))}")


def test_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    quiz = Quiz(neuron())
    quiz.answer("7")
    quiz.hint()
    quiz.reveal()
    assert capsys.readouterr().out == ""

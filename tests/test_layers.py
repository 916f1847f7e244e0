"""Layers of arrays without PyTorch: derivatives, types, states, programs, and what they refuse."""

from collections.abc import Callable

import numpy as np
import pytest

from micrograd_plus import Tensor, no_grad
from micrograd_plus.checks import check_gradients
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import graph
from micrograd_plus.nn import (
    GRU,
    LSTM,
    RNN,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Embedding,
    LayerNorm,
    LeakyReLU,
    Linear,
    LSTMCell,
    MaxPool2d,
    Module,
    MultiheadAttention,
    RNNCell,
    Sequential,
    initial,
    scaled_dot_product_attention,
)
from tests.cases import each
from tests.layer_cases import CASES, Case, weighed, with_parameters

RNG = np.random.default_rng(0)


# --- derivatives ------------------------------------------------------------------------------------------------------


@each("case", CASES, str)
def test_gradients_to_second_order_are_what_differences_say(case: Case) -> None:
    layer, inputs = case.layer(), case.arrays(case.inputs[0])
    of_layer = [p.data for p in layer.parameters()]
    given = [] if case.limit else inputs

    def f(*nodes: Tensor) -> Tensor:
        arrays = inputs if case.limit else nodes[: len(given)]
        return case.weighed(with_parameters(layer, nodes[len(given) :]), arrays)

    check_gradients(f, *given, *of_layer)


@each("case", CASES, str)
def test_outputs_are_tensors_and_empty_where_an_input_is(case: Case) -> None:
    for shapes in case.inputs:
        layer = case.layer()
        outputs = case.outputs(layer, case.arrays(shapes))
        assert all(isinstance(out, Tensor) for out in outputs)
        assert any(0 in shape for shape in shapes) == any(not out.size for out in outputs)


# --- types and states -------------------------------------------------------------------------------------------------


@each("case", CASES, str)
def test_float32_stays_float32_in_outputs_and_gradients(case: Case) -> None:
    layer = case.layer().astype(np.float32)
    inputs = case.arrays(case.inputs[0])
    if not case.limit:
        inputs = [Tensor(x, dtype=np.float32) for x in inputs]
    for mode in (True, False):
        layer.train(mode)
        outputs = case.outputs(layer, inputs)
        weighed(outputs).backward()
        found = [*outputs, *layer.parameters(), *([] if case.limit else inputs)]
        assert {node.dtype for node in found} == {np.dtype(np.float32)}
        assert {node.grad.dtype for node in found if node.grad is not None} == {np.dtype(np.float32)}


@each("case", CASES, str)
def test_a_state_makes_another_layer_the_same(case: Case) -> None:
    source, target = case.layer(0), case.layer(1)
    inputs = case.arrays(case.inputs[0])
    case.outputs(source, inputs)
    state = source.state_dict()
    target.load_state_dict(state)
    assert state.keys() == target.state_dict().keys()
    for a, b in zip(case.outputs(source.eval(), inputs), case.outputs(target.eval(), inputs), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_running_statistics_are_buffers_that_a_state_and_float32_reach() -> None:
    layer = BatchNorm1d(2)
    layer(np.array([[1.0, 2.0], [3.0, 6.0]]))
    np.testing.assert_allclose(layer.running_mean, [0.2, 0.4])
    np.testing.assert_allclose(layer.running_var, 0.9 + 0.1 * np.array([2.0, 8.0]))
    assert layer.num_batches_tracked == 1
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    layer.eval()(np.ones((1, 2)))
    assert layer.num_batches_tracked == 1
    types = {name: array.dtype.name for name, array in layer.astype(np.float32).state_dict().items()}
    assert types.pop("num_batches_tracked") == "int64"
    assert set(types.values()) == {"float32"}


# --- dropout ----------------------------------------------------------------------------------------------------------


def test_dropout_leaves_out_a_share_and_keeps_the_mean() -> None:
    x, layer = np.ones(10_000), Dropout(0.3, rng=0)
    out = layer(x).data
    np.testing.assert_allclose(np.unique(out), [0.0, 1.0 / 0.7])
    # The number of those left out varies by sqrt(n p (1 - p)).
    assert abs((out == 0).sum() - 3000) < 4 * np.sqrt(10_000 * 0.3 * 0.7)
    assert (layer(x).data != out).any()
    np.testing.assert_array_equal(Dropout(0.3, rng=0)(x).data, out)
    np.testing.assert_array_equal(layer.eval()(x).data, x)


def test_dropout_lets_gradients_through_where_numbers_went() -> None:
    x = Tensor(np.ones(100))
    out = Dropout(0.5, rng=1)(x)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, out.data)


def test_attention_leaves_out_weights_in_training() -> None:
    x = RNG.normal(size=(2, 5, 4))
    layer = MultiheadAttention(4, 2, dropout=0.5, rng=0)
    out, weights = layer(x)
    np.testing.assert_allclose(weights.data.sum(axis=-1), 1.0)
    assert (layer(x)[0].data != out.data).any()
    np.testing.assert_array_equal(layer.eval()(x)[0].data, layer(x)[0].data)


# --- programs ---------------------------------------------------------------------------------------------------------


@each("case", CASES, str)
def test_a_program_of_a_layer_does_on_new_numbers_what_the_layer_does(case: Case) -> None:
    layer = case.layer().eval()
    first, second = (case.arrays(case.inputs[0], seed) for seed in (1, 2))
    program = compile(lambda *inputs: case.weighed(layer, inputs), *map(Tensor, first))
    for arrays in (first, second):
        found = program(*arrays)
        gradients = [p.grad.copy() for p in layer.parameters()]
        layer.zero_grad()
        expected = case.weighed(layer, list(map(Tensor, arrays)))
        expected.backward()
        np.testing.assert_allclose(found, expected.item(), rtol=1e-11, atol=1e-12)
        for p, gradient in zip(layer.parameters(), gradients, strict=True):
            np.testing.assert_allclose(gradient, p.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "shape", "what"),
    [
        (Dropout(0.5, rng=0), (4, 2), "Dropout in training mode"),
        (BatchNorm1d(2), (4, 2), "what BatchNorm1d keeps in training mode"),
        (BatchNorm2d(2), (4, 2, 3, 3), "what BatchNorm2d keeps in training mode"),
    ],
)
def test_what_changes_from_call_to_call_is_not_compiled(layer: Module, shape: tuple[int, ...], what: str) -> None:
    x, leaf = RNG.normal(size=shape), Tensor(1.0)
    with pytest.raises(RuntimeError, match=f"{what} changes from call to call") as caught:
        compile(lambda x: (layer(x) * leaf).sum(), x)
    assert "\n" not in str(caught.value)
    layer.eval()
    program = compile(lambda x: (layer(x) * leaf).sum(), x)
    np.testing.assert_allclose(program(x + 1.0), layer(x + 1.0).data.sum())


def test_batch_statistics_that_are_not_kept_are_compiled_in_training() -> None:
    layer, (x, y) = BatchNorm1d(2, track_running_stats=False), RNG.normal(size=(2, 4, 2))
    program = compile(lambda x: (layer(x) ** 3).sum(), x)
    np.testing.assert_allclose(program(y), (layer(y) ** 3).sum().item())


# --- attention and embeddings -----------------------------------------------------------------------------------------


def test_biases_of_attention_are_learned() -> None:
    q, k, v = (RNG.normal(size=(2, 4, 6)) for _ in range(3))
    layer = MultiheadAttention(6, 2, rng=0)
    for shape, attention in (
        ((4, 4), lambda bias: scaled_dot_product_attention(q, k, v, bias)),
        ((4, 4), lambda bias: layer(q, k, v, attn_mask=bias)[0]),
        ((4, 4, 4), lambda bias: layer(q, k, v, attn_mask=bias)[0]),
        ((2, 4), lambda bias: layer(q, k, v, attn_mask=np.zeros((4, 4)), key_padding_mask=bias)[0]),
    ):
        check_gradients(lambda bias, attention=attention: (attention(bias) ** 2).sum(), RNG.normal(size=shape))


def test_attention_is_the_weighted_mean_of_what_may_be_looked_at() -> None:
    q, k, v = (RNG.normal(size=(2, 3, length, 4)) for length in (5, 6, 6))
    allowed = RNG.random((5, 6)) < 0.7
    allowed[:, 0] = True
    powers = np.exp(np.einsum("...le,...se->...ls", q, k) / 2.0) * allowed
    wanted = (powers / powers.sum(axis=-1, keepdims=True)) @ v
    added = np.where(allowed, 0.0, -np.inf)
    for mask in (allowed, added):
        np.testing.assert_allclose(scaled_dot_product_attention(q, k, v, mask).data, wanted, rtol=1e-12)
    np.testing.assert_allclose(
        scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3).data,
        scaled_dot_product_attention(q * 0.6, k, v, np.tri(5, 6, dtype=bool)).data,
        rtol=1e-12,
    )


def test_no_place_of_causal_attention_looks_at_later_ones() -> None:
    layer, x = MultiheadAttention(4, 2, rng=0), RNG.normal(size=(1, 5, 4))
    changed = x.copy()
    changed[:, 3:] += 1.0
    before, after = (layer(array, is_causal=True)[0].data for array in (x, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).all()


def test_indices_as_a_tensor_take_the_same_rows() -> None:
    layer, indices = Embedding(5, 3, rng=0), np.array([[4, 0], [2, 2]])
    np.testing.assert_array_equal(layer(Tensor(indices)).data, layer(indices).data)
    np.testing.assert_array_equal(layer(indices.tolist()).data, layer.weight.data[indices])


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [([4, 5], ValueError, "got 4 to 5"), ([-1, 0], ValueError, "got -1 to 0"), ([0.5, 1.0], TypeError, "got an array")],
)
def test_a_program_takes_no_rows_that_are_not_there(indices: list[float], error: type, message: str) -> None:
    layer = Embedding(5, 3, rng=0)
    program = compile(lambda x: (layer(x) ** 2).sum(), np.array([0, 1]))
    with pytest.raises(error, match=f"^Embedding wants integers.*{message}"):
        program(np.array(indices))
    assert program(np.array([3, 4])) == pytest.approx((layer.weight.data[3:] ** 2).sum())


# --- how layers begin and are shown -----------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", ["he_normal", "glorot_uniform", "xavier_normal", "kaiming_uniform", "zeros", "ones"])
def test_layers_begin_as_init_says(draw: str) -> None:
    init = getattr(initial, draw)
    np.testing.assert_array_equal(Linear(3, 4, init=init, rng=5).weight.data, init(3, 4, rng=5))
    kernels = Conv2d(2, 3, (5, 4), init=init, rng=5).weight.data
    assert kernels.shape == (3, 2, 5, 4)
    np.testing.assert_array_equal(kernels.reshape(3, 40), init(40, 60, rng=5)[:, :3].T)


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["kaiming_normal", "xavier_normal", "xavier_uniform"])
def test_kernels_have_the_spread_of_those_of_torch(draw: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    options = {"nonlinearity": "relu"} if "kaiming" in draw else {}
    theirs = getattr(torch.nn.init, f"{draw}_")(torch.empty(64, 16, 5, 5, dtype=torch.float64), **options).numpy()
    ours = Conv2d(16, 64, 5, init=getattr(initial, draw), rng=0).weight.data
    # Two variances of n draws: each varies by at most sqrt(2 / n) of itself.
    assert abs(ours.var() / theirs.var() - 1.0) < 4.0 * np.sqrt(4.0 / ours.size)


def test_every_operation_carries_the_place_of_its_layer() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.embedding = Embedding(5, 4, rng=0)
            self.attention = MultiheadAttention(4, 2, rng=0)
            self.rnn = RNN(4, 3, num_layers=2, rng=0)

        def forward(self, x: list[int]) -> Tensor:
            out, _ = self.attention(self.embedding(x))
            return self.rnn(out)[0]

    places = {"/".join(node.scope.path) for node in graph(Net()([[1, 2, 3]])) if node.inputs}
    assert places == {
        "Net/embedding",
        "Net/attention",
        "Net/attention/out_proj",
        "Net/rnn",
        "Net/rnn/cell1",
        "Net/rnn/cell2",
    }


def test_a_text_shows_what_layers_were_made_with() -> None:
    model = Sequential(Conv2d(1, 4, 3, rng=0), BatchNorm2d(4), MaxPool2d(2), LeakyReLU(0.2), Dropout(0.5, rng=0))
    assert repr(model).splitlines() == [
        "Sequential with 48 parameters",
        "  Conv2d(1, 4, (3, 3)) with 40 parameters",
        "  BatchNorm2d(4) with 8 parameters",
        "  MaxPool2d(2) with 0 parameters",
        "  LeakyReLU(0.2) with 0 parameters",
        "  Dropout(0.5) with 0 parameters",
    ]


# --- what is refused --------------------------------------------------------------------------------------------------

X = np.ones((2, 5, 3))
MADE: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Dropout(1.0, rng=0), ValueError, "p is a number from 0 to below 1, not 1.0"),
    (lambda: Dropout(-0.1, rng=0), ValueError, "p is a finite number of at least 0, not -0.1"),
    (lambda: Dropout("half", rng=0), TypeError, "p is a number, not str"),
    (lambda: Dropout(0.5, rng=None), TypeError, "rng, where it is no numpy.random.Generator, is an integer"),
    (lambda: Embedding(0, 3, rng=0), ValueError, "num_embeddings is at least 1, not 0"),
    (lambda: LayerNorm(()), ValueError, r"normalized_shape holds sizes of at least 1, not \(\)"),
    (lambda: LayerNorm(2.0), TypeError, "wanted integers as normalized_shape"),
    (lambda: BatchNorm1d(3, momentum="fast"), TypeError, "momentum is a number, not str"),
    (lambda: MultiheadAttention(6, 4, rng=0), ValueError, "4 heads do not divide embed_dim, which is 6"),
    (lambda: MultiheadAttention(6, 2, batch_first=False, rng=0), ValueError, "sequences have the batch first here"),
    (lambda: MultiheadAttention(6, 2, dropout=1, rng=0), ValueError, "p is a number from 0 to below 1, not 1"),
    (lambda: GRU(3, 4, batch_first=False, rng=0), ValueError, "sequences have the batch first here"),
    (lambda: RNN(3, 4, num_layers=0, rng=0), ValueError, "num_layers is at least 1, not 0"),
    (lambda: RNNCell(3, 4, nonlinearity="gelu", rng=0), ValueError, "nonlinearity is 'tanh' or 'relu', not 'gelu'"),
    (lambda: Conv2d(1, 2, (3, 3, 3), rng=0), ValueError, "wanted kernel_size as an integer or a pair, at least 1"),
    (lambda: Conv2d(1, 2, 3, 1, 0, 2, rng=0), TypeError, "bias is True or False, not 2"),
    (lambda: Conv2d(1, 2, 3, stride=0, rng=0), ValueError, "wanted stride as .*, at least 1, got int: 0"),
    (lambda: Conv2d(1, 2, 3, padding=(1, -1), rng=0), ValueError, "wanted padding as .*, at least 0, got tuple"),
    (lambda: Conv2d(1, 2, 3, padding="full", rng=0), ValueError, '"same" or "valid", got \'full\''),
    (lambda: Conv2d(1, 2, 3, stride=2, padding="same", rng=0), ValueError, r"wants stride 1, got \(2, 2\)"),
    (lambda: MaxPool2d(0), ValueError, "wanted kernel_size as .*, at least 1, got int: 0"),
    (lambda: AvgPool2d(2, padding=2), ValueError, r"a padding of \(2, 2\) is more than half a window"),
    (lambda: Conv2d(1, 2, 3, nonlinearity="rleu", rng=0), ValueError, "unknown activation 'rleu'"),
    (
        lambda: Linear(2, 3, init=lambda nin, nout, rng: np.ones(nin), rng=0),
        ValueError,
        r"init was asked for weights of shape \(2, 3\) and gave shape \(2,\)",
    ),
    (lambda: LeakyReLU(steepness=3.0), TypeError, "leaky_relu has no parameter 'steepness'"),
]
CALLED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: LayerNorm(4)(X), ValueError, r"LayerNorm wants a shape that ends in \(4,\), got \(2, 5, 3\)"),
    (lambda: BatchNorm1d(4)(X), ValueError, r"BatchNorm1d wants shape \(N, 4\) or \(N, 4, L\), got \(2, 5, 3\)"),
    (lambda: BatchNorm2d(4)(X), ValueError, r"BatchNorm2d wants shape \(N, 4, H, W\), got \(2, 5, 3\)"),
    (lambda: BatchNorm1d(3)(X[0, :1]), ValueError, r"in training wants more than 1 number a feature, got \(1, 3\)"),
    (lambda: Embedding(5, 2, rng=0)([0, 5]), ValueError, "Embedding wants integers from 0 to 4, got 0 to 5"),
    (lambda: Embedding(5, 2, rng=0)([-1]), ValueError, "Embedding wants integers from 0 to 4, got -1 to -1"),
    (lambda: Embedding(5, 2, rng=0)([0.5]), TypeError, r"Embedding wants integers, got list: \[0.5\]"),
    (lambda: Embedding(5, 2, rng=0)(Tensor([0.5])), TypeError, "Embedding wants integers, got an array"),
    (lambda: Embedding(5, 2, rng=0)(Tensor([7.0])), ValueError, "Embedding wants integers from 0 to 4, got 7 to 7"),
    (lambda: RNNCell(4, 2, rng=0)(X), ValueError, r"RNNCell wants input of shape \(\.\.\., 4\), got \(2, 5, 3\)"),
    (
        lambda: RNNCell(3, 2, rng=0)(X[0], np.ones((5, 3))),
        ValueError,
        r"RNNCell wants hx of shape \(5, 2\) with this input, got \(5, 3\)",
    ),
    (lambda: LSTMCell(3, 2, rng=0)(X[0], np.ones(3)), TypeError, r"the state of an LSTMCell is a pair \(h, c\)"),
    (lambda: RNN(4, 2, rng=0)(X), ValueError, r"RNNCell wants input of shape \(\.\.\., 4\), got \(2, 5, 3\)"),
    (lambda: RNN(3, 2, rng=0)(X[:, :0]), ValueError, r"RNN wants shape \(batch, time, features\) with some time"),
    (
        lambda: RNN(3, 2, rng=0)(X, np.ones((2, 2, 2))),
        ValueError,
        r"wanted a first state for each of 1 layers, got shape \(2, 2, 2\)",
    ),
    (lambda: LSTM(3, 2, rng=0)(X, np.ones(3)), TypeError, r"the first states of an LSTM are a pair \(h, c\)"),
    (
        lambda: MultiheadAttention(4, 2, rng=0)(X),
        ValueError,
        r"MultiheadAttention wants query of shape \(\.\.\., 4\), got \(2, 5, 3\)",
    ),
    (
        lambda: MultiheadAttention(3, 1, rng=0)(X, X[:1]),
        ValueError,
        r"query, key and value do not fit together, their shapes are \[\(2, 5, 3\), \(1, 5, 3\), \(1, 5, 3\)\]",
    ),
    (lambda: MultiheadAttention(3, 1, rng=0)(X[0, 0]), ValueError, r"of shape \(\.\.\., length, 3\), got \(3,\)"),
    (
        lambda: MultiheadAttention(3, 1, rng=0)(X, attn_mask=np.ones((4, 5), bool)),
        ValueError,
        r"attn_mask of shape \(4, 5\) does not fit attention of shape \(2, 1, 5, 5\)",
    ),
    (
        lambda: MultiheadAttention(3, 1, rng=0)(X, key_padding_mask=np.ones((3, 5), bool)),
        ValueError,
        r"key_padding_mask of shape \(3, 1, 1, 5\) does not fit attention of shape \(2, 1, 5, 5\)",
    ),
    (
        lambda: MultiheadAttention(3, 1, rng=0)(X, attn_mask=np.ones((5, 5), int)),
        TypeError,
        "wanted a mask of bools or of numbers to add",
    ),
    (
        lambda: scaled_dot_product_attention(X, X[..., :2], X),
        ValueError,
        r"no attention of shapes \(2, 5, 3\), \(2, 5, 2\) and \(2, 5, 3\)",
    ),
    (lambda: Conv2d(1, 2, 3, rng=0)(X), ValueError, r"no convolution of shapes \(2, 5, 3\) and \(2, 1, 3, 3\)"),
    (lambda: AvgPool2d(4)(X), ValueError, r"no window of size \(4, 4\) in shape \(2, 5, 3\)"),
    (lambda: MaxPool2d(0)(X), ValueError, "wanted kernel_size as an integer or a pair, at least 1, got int: 0"),
]


@pytest.mark.parametrize(("make", "error", "message"), [*MADE, *CALLED])
def test_wrong_input_is_answered_in_one_line(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with no_grad(), pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)

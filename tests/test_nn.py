"""Networks: micrograd's names, draws and texts; parameters found by walking attributes; scopes named by places."""

import random

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, nn, tanh
from micrograd_plus.engine import CONSTANT, PARAMETER, graph, operations
from micrograd_plus.nn import MLP, ArrayMLP, Layer, Linear, Module, Neuron, Sequential, parameter
from micrograd_plus.nn.initial import initial_weights


class Twice(Module):
    """A module that holds parameters and parts in every way there is."""

    def __init__(self) -> None:
        self.gain = parameter(2.0)
        self.rows = [parameter([1.0, 2.0]), parameter([3.0])]
        self.input = Value(1.0)
        self.heads = (Neuron(1, rng=0), tanh, Neuron(2, rng=0))
        self.body = Linear(2, 3, rng=0)


# --- as in micrograd --------------------------------------------------------------------------------------------------


def same_networks(nin: int, nouts: list[int]) -> tuple[MLP, object]:
    """Return ours and micrograd's network, drawn from the same seed."""
    theirs = pytest.importorskip("micrograd.nn")
    random.seed(1337)
    ours = MLP(nin, nouts)
    random.seed(1337)
    return ours, theirs.MLP(nin, nouts)


def test_a_seeded_mlp_begins_with_the_weights_of_micrograd() -> None:
    ours, theirs = same_networks(3, [4, 4, 1])
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]


def test_a_seeded_mlp_draws_as_micrograd_does() -> None:
    random.seed(1337)
    model = MLP(3, [4, 1])
    after = random.random()
    random.seed(1337)
    for layer in model.layers:
        for neuron in layer.neurons:
            assert [w.data for w in neuron.w] == [random.uniform(-1, 1) for _ in neuron.w]
            assert neuron.b.data == 0.0
    assert after == random.random()


def test_drawing_leaves_the_global_generator_where_micrograd_leaves_it() -> None:
    theirs = pytest.importorskip("micrograd.nn")
    random.seed(0)
    MLP(3, [4, 1])
    after_ours = random.random()
    random.seed(0)
    theirs.MLP(3, [4, 1])
    assert after_ours == random.random()


def test_the_text_of_an_mlp_is_that_of_micrograd() -> None:
    ours, theirs = same_networks(2, [3, 2, 1])
    assert repr(ours) == repr(theirs)
    assert repr(ours.layers[0]) == repr(theirs.layers[0])
    assert repr(ours.layers[0].neurons[0]) == repr(theirs.layers[0].neurons[0])


def test_outputs_and_gradients_are_those_of_micrograd() -> None:
    ours, theirs = same_networks(3, [4, 4, 1])
    x = [2.0, 3.0, -1.0]
    for model in (ours, theirs):
        loss = (model(x) - 1.0) ** 2 + sum(p * p for p in model.parameters()) * 1e-4
        model.zero_grad()
        loss.backward()
    assert ours(x).data == theirs(x).data
    gradients = [[p.grad for p in model.parameters()] for model in (ours, theirs)]
    np.testing.assert_allclose(*gradients, rtol=1e-13)


def test_one_output_comes_without_a_list_and_several_in_one() -> None:
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert [type(out) for out in Layer(2, 3)([1.0, 2.0])] == [Value] * 3
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [3, 2])([1.0, 2.0])) == 2


@pytest.mark.parametrize("sizes", [[1, 1], [1, 2], [3, 1, 1, 2]])
def test_a_hidden_layer_may_have_one_neuron(sizes: list[int]) -> None:
    model, x = MLP(2, sizes, activation="tanh", rng=0), [0.5, -2.0]
    masks = [[2.0] * size for size in sizes[:-1]]
    for given in ((), masks):
        out = model(x, given)
        theirs = model.to_numpy()(np.array([x]), [np.array([mask]) for mask in given]).data[0]
        np.testing.assert_allclose([float(o) for o in (out if isinstance(out, list) else [out])], theirs, atol=1e-15)


def test_the_last_layer_has_no_activation() -> None:
    model = MLP(2, [3, 3, 1], activation="tanh", rng=0)
    assert [[neuron.nonlin for neuron in layer.neurons] for layer in model.layers] == [[True] * 3, [True] * 3, [False]]


def test_a_subclass_written_for_micrograd_works() -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.w, self.b = Value(2.0), Value(1.0)

        def __call__(self, x: float) -> Value:
            return self.w * x + self.b

        def parameters(self) -> list[Value]:
            return [self.w, self.b]

    line = Line()
    line(3.0).backward()
    assert (line.w.grad, line.b.grad) == (3.0, 1.0)
    line.zero_grad()
    assert not line.w.has_grad
    assert [name for name, _ in line.named_parameters()] == ["w", "b"]
    line.load_state_dict({"w": np.array(5.0), "b": np.array(-1.0)})
    assert line(1.0).data == 4.0


# --- neurons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "leaky_relu", "gelu", "abs"])
def test_a_neuron_applies_the_activation_of_that_name(activation: str) -> None:
    neuron = Neuron(2, activation=activation, rng=0)
    w1, w2, b = (p.data for p in neuron.parameters())
    assert neuron([0.5, -2.0]).data == getattr(Value(w1 * 0.5 + w2 * -2.0 + b), activation)().data


def test_a_neuron_adds_as_micrograd_does() -> None:
    out = Neuron(3, nonlin=False, rng=0)([1.0, 2.0, 3.0])
    assert [node.symbol for node in operations(out)].count("+") == 3
    assert [node.symbol for node in operations(out)].count("*") == 3


def test_numbers_given_to_an_mlp_become_one_labelled_constant_each() -> None:
    out = MLP(2, [16, 1], rng=0)([0.5, np.float32(0.25)])
    constants = [node for node in graph(out) if node.op is CONSTANT]
    assert [(node.label, node.data) for node in constants] == [("x1", 0.5), ("x2", 0.25)]


def test_values_given_to_an_mlp_get_gradients() -> None:
    x = [Value(0.5), Value(0.25)]
    MLP(2, [1], rng=0)(x).backward()
    assert all(value.has_grad for value in x)


def test_rng_makes_weights_repeat_and_leaves_the_global_generator_alone() -> None:
    before = random.getstate()
    first, second, other = MLP(2, [4, 1], rng=7), MLP(2, [4, 1], rng=np.random.default_rng(7)), MLP(2, [4, 1], rng=8)
    assert random.getstate() == before
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert [p.data for p in first.parameters()] != [p.data for p in other.parameters()]


@pytest.mark.parametrize(("nonlinearity", "variance"), [("relu", 2 / 50), ("gelu", 2 / 50), ("tanh", 1 / 50)])
def test_initial_weights_have_the_variance_of_their_source(nonlinearity: str, variance: float) -> None:
    weights = initial_weights(50, 400, nonlinearity, np.random.default_rng(0))
    # The variance of n normal draws varies by variance * sqrt(2 / n).
    assert abs(weights.var() - variance) < 4 * variance * np.sqrt(2 / weights.size)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Neuron(0), ValueError, "nin is at least 1, not 0"),
        (lambda: Neuron(2.0), TypeError, "nin is an integer, not float"),
        (lambda: Layer(2, -1), ValueError, "nout is at least 1, not -1"),
        (lambda: MLP(2, 3), TypeError, "nouts is a list with each layer's number of neurons, not int: 3"),
        (lambda: MLP(2, []), ValueError, "nouts is empty"),
        (lambda: MLP(2, [4, 0]), ValueError, "a layer's number of neurons is at least 1, not 0"),
        (lambda: Neuron(2, activation="rleu"), ValueError, "unknown activation 'rleu'.*did you mean 'relu'"),
        (lambda: Neuron(2, activation="add"), ValueError, "unknown activation 'add': want an operation of one input"),
        (lambda: Neuron(2, activation=tanh), TypeError, "an activation is named by a text such as 'relu', not by Op"),
        (lambda: Neuron(2)([1.0]), ValueError, "a neuron of 2 inputs was given 1"),
        (lambda: MLP(2, [1])([1.0, 2.0, 3.0]), ValueError, "a neuron of 2 inputs was given 3"),
        (lambda: MLP(2, [1])(["a", 1.0]), TypeError, "wanted a real number"),
        (lambda: Sequential(Linear(2, 1, rng=0), 3), TypeError, "wanted modules and functions as layers, got int: 3"),
        (
            lambda: Linear(2, 1, rng=0)(np.ones((5, 3))),
            ValueError,
            r"shapes \(5, 3\) and \(2, 1\)",
        ),
        (lambda: Module()(1.0), NotImplementedError, r"Module defines no forward\(\)"),
    ],
)
def test_wrong_input_is_answered_in_one_line(make: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


# --- arrays -----------------------------------------------------------------------------------------------------------


def test_linear_is_x_times_weight_plus_bias() -> None:
    layer = Linear(3, 2, rng=0)
    layer.bias.data = np.array([1.0, -1.0])
    x = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(layer(x).data, x @ layer.weight.data + layer.bias.data)
    assert [node.symbol for node in operations(layer(x))] == ["@", "+"]


def test_sequential_calls_modules_and_functions_in_order() -> None:
    first, last = Linear(2, 4, rng=0), Linear(4, 1, rng=1)
    x = np.ones((3, 2))
    np.testing.assert_array_equal(Sequential(first, tanh, last)(x).data, last(tanh(first(x))).data)


def test_an_array_network_begins_with_the_weights_of_its_scalar_twin() -> None:
    scalar, array = MLP(3, [5, 2], activation="tanh", rng=3), ArrayMLP(3, [5, 2], activation="tanh", rng=3)
    for layer, linear in zip(scalar.layers, array.linears, strict=True):
        weights = [[w.data for w in neuron.w] for neuron in layer.neurons]
        np.testing.assert_array_equal(np.transpose(weights), linear.weight.data)


# --- modules ----------------------------------------------------------------------------------------------------------


def test_parameters_are_found_in_attributes_lists_and_tuples_in_order() -> None:
    model = Twice()
    assert [name for name, _ in model.named_parameters()] == [
        "gain",
        "row1",
        "row2",
        "head1.w1",
        "head1.b",
        "head2.w1",
        "head2.w2",
        "head2.b",
        "body.weight",
        "body.bias",
    ]
    assert [p for _, p in model.named_parameters()] == model.parameters()
    assert all(p.op is PARAMETER for p in model.parameters())


def test_names_of_parameters_are_the_scopes_of_their_operations() -> None:
    model = MLP(2, [2, 1], rng=0)
    places = {".".join(node.scope.path[1:]) for node in operations(model([1.0, 2.0]))}
    assert {name.rpartition(".")[0] for name, _ in model.named_parameters()} == places


def test_operations_carry_the_place_of_their_module() -> None:
    out = MLP(2, [2, 1], rng=0)([1.0, 2.0])
    assert out.scope.path == ("MLP", "layer2", "neuron1")
    assert Layer(2, 2, rng=0)([1.0, 2.0])[1].scope.path == ("Layer", "neuron2")
    assert Sequential(Linear(2, 1, rng=0), tanh)(np.ones((1, 2))).scope.path == ("Sequential",)


def test_parts_added_to_a_list_later_are_named_at_the_first_call() -> None:
    model = MLP(2, [2, 2], rng=0)
    model.layers.append(Layer(2, 1, rng=0))
    assert model([1.0, 2.0]).scope.path == ("MLP", "layer3", "neuron1")


def test_the_scope_is_left_when_forward_raises() -> None:
    model = MLP(2, [1], rng=0)
    with pytest.raises(ValueError, match="2 inputs"):
        model([1.0])
    assert Value(1.0).scope.path == ()


def test_a_shared_parameter_is_counted_once() -> None:
    shared = Linear(2, 2, rng=0)
    model = Sequential(shared, tanh, shared)
    assert len(model.parameters()) == 2
    assert repr(model).splitlines()[0] == "Sequential with 6 parameters"


def test_two_parameters_of_one_name_are_refused() -> None:
    model = Module()
    model.row1, model.rows = parameter(1.0), [parameter(2.0)]
    with pytest.raises(ValueError, match="two parameters of one name"):
        model.named_parameters()


def test_train_and_eval_reach_every_part() -> None:
    model = Twice()
    assert model.training
    assert model.body.training
    assert model.eval() is model
    assert not any(part.training for part in (model, model.body, *model.heads[::2]))
    model.train()
    assert all(part.training for part in (model, model.body, *model.heads[::2]))


def test_zero_grad_forgets_all_gradients() -> None:
    model = MLP(2, [2, 1], rng=0)
    model([1.0, 2.0]).backward()
    assert all(p.has_grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.has_grad for p in model.parameters())


def test_a_text_shows_parts_with_counts_of_their_numbers() -> None:
    model = Twice()
    assert repr(model) == "\n".join(
        [
            f"Twice with {1 + 2 + 1 + 2 + 3 + 9} parameters",
            "  head1: ReLUNeuron(1)",
            "  head2: ReLUNeuron(2)",
            "  body: Linear(2, 3) with 9 parameters",
        ]
    )


@pytest.mark.parametrize("make", [lambda seed: MLP(2, [3, 1], rng=seed), lambda seed: ArrayMLP(2, [3, 1], rng=seed)])
def test_a_state_goes_from_one_model_to_another(make: object) -> None:
    source, target = make(0), make(1)
    state = source.state_dict()
    target.load_state_dict(state)
    for p, q in zip(source.parameters(), target.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        assert type(q.data) is type(p.data)
    before = [array.copy() for array in state.values()]
    for p in source.parameters():
        p.data -= 1.0
    for array, kept in zip(state.values(), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("2.bias"), r"another model: 1 missing \(first: 2.bias\)"),
        (lambda state: state.update(extra=np.zeros(1)), r"another model: 1 unknown \(first: extra\)"),
        (
            lambda state: state.update({"0.weight": np.zeros((2, 3))}),
            r"0.weight has shape \(3, 2\); the state holds one of shape \(2, 3\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused_whole(change: object, message: str) -> None:
    model = ArrayMLP(2, [3, 1], rng=0)
    before = model.state_dict()
    state = {name: array + 1.0 for name, array in before.items()}
    change(state)
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("bad", [np.array(["a"]), np.array([1j]), np.array([None])])
def test_a_state_of_other_things_than_numbers_is_refused_whole(bad: np.ndarray) -> None:
    layer = nn.Linear(2, 1, rng=0)
    before = layer.state_dict()
    with pytest.raises(TypeError, match=r"^bias is an array of numbers; the state holds an array: "):
        layer.load_state_dict({"weight": before["weight"] + 1.0, "bias": bad})
    np.testing.assert_array_equal(layer.weight.data.T, before["weight"])


class Counted(nn.Module):
    """A layer with a shared matrix, a buffer, and parts in a list."""

    def __init__(self) -> None:
        self.first = nn.Linear(2, 2, rng=0)
        self.again = self.first
        self.blocks = [nn.Sequential(np.tanh, nn.Linear(2, 1, bias=False, rng=1))]
        self.register_buffer("calls", np.array(0))

    def forward(self, x: object) -> object:
        self.calls = self.calls + 1
        return self.blocks[0](self.first(x))


def test_a_state_has_pytorch_s_names_and_shapes_buffers_and_each_parameter_once() -> None:
    model = Counted()
    model(np.ones((1, 2)))
    state = model.state_dict()
    shapes = {name: array.shape for name, array in state.items()}
    assert shapes == {"first.weight": (2, 2), "first.bias": (2,), "block1.1.weight": (1, 2), "calls": ()}
    np.testing.assert_array_equal(state["first.weight"], model.first.weight.data.T)
    twin = Counted()
    twin.load_state_dict(state)
    assert twin.calls == 1
    assert twin.calls.dtype == model.calls.dtype
    np.testing.assert_array_equal(twin(np.ones(2)).data, model(np.ones(2)).data)


def test_a_module_s_numbers_become_float32() -> None:
    model = Counted().astype(np.float32)
    out = model(np.ones((3, 2), np.float32)).sum()
    out.backward()
    assert {out.dtype, *(p.dtype for p in model.parameters()), *(p.grad.dtype for p in model.parameters())} == {
        np.dtype(np.float32)
    }
    assert model.calls.dtype.kind == "i"
    with pytest.raises(TypeError, match="a Tensor holds float32 or float64, not int64"):
        model.astype(int)
    y = model(np.ones(2))
    model.astype(np.float64)
    with pytest.raises(RuntimeError, match="changed"):
        y.backward()


@pytest.mark.slow
def test_a_state_goes_to_pytorch_and_back() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2, bias=False)).double()
    ours = nn.Sequential(nn.Linear(3, 4, rng=0), np.tanh, nn.Linear(4, 2, bias=False, rng=1))
    x = np.random.default_rng(0).normal(size=(5, 3))
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    np.testing.assert_allclose(ours(x).data, theirs(torch.from_numpy(x)).detach().numpy(), rtol=1e-12)
    other = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2, bias=False)).double()
    ours.load_state_dict(other.state_dict())
    np.testing.assert_allclose(ours(x).data, other(torch.from_numpy(x)).detach().numpy(), rtol=1e-12)


def test_parameters_made_by_hand_are_values_or_tensors() -> None:
    assert isinstance(parameter(1), Value)
    assert isinstance(parameter(np.float32(1)), Value)
    assert isinstance(parameter(np.array(1.0)), Tensor)
    assert isinstance(parameter([[1.0]]), Tensor)
    assert parameter(1.0, "gain").label == "gain"

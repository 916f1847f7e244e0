"""Layers give what PyTorch's give: outputs, gradients and states, in both directions."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor
from micrograd_plus.nn.state import ParameterEntry, entries
from tests.layer_cases import CASES, Case, flat, upstream, weighed

VALUES, GRADIENTS = {"rtol": 1e-12, "atol": 1e-12}, {"rtol": 1e-10, "atol": 1e-10}


def theirs(torch: Any, case: Case) -> Any:
    return case.make(torch.nn).double()


def outputs_of(torch: Any, case: Case, layer: Any, inputs: list[Any]) -> list[Any]:
    given = case.keywords if case.in_torch is None else case.in_torch
    keywords = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}
    return list(flat(case.call(layer, *inputs, **keywords)))


def compare_states(ours: Any, layer: Any, name: str) -> None:
    state, wanted = ours.state_dict(), layer.state_dict()
    assert list(state) == list(wanted), name
    for key, array in state.items():
        assert array.dtype == wanted[key].numpy().dtype, f"{key} of {name}"
        np.testing.assert_allclose(array, wanted[key], **VALUES, err_msg=f"{key} of {name}")


def compare_call(torch: Any, case: Case, ours: Any, layer: Any, arrays: list[np.ndarray], name: str) -> None:
    """Compare outputs, and gradients of inputs and parameters."""
    mine = [array if case.limit else Tensor(array) for array in arrays]
    yours = [torch.tensor(array, requires_grad=not case.limit) for array in arrays]
    found, wanted = case.outputs(ours, mine), outputs_of(torch, case, layer, yours)
    assert len(found) == len(wanted), name
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == tuple(b.shape), name
        np.testing.assert_allclose(a.data, b.detach(), **VALUES, err_msg=name)
    ours.zero_grad()
    layer.zero_grad()
    weighed(found).backward()
    sum((out * torch.tensor(upstream(k, out))).sum() for k, out in enumerate(wanted)).backward()
    pairs = enumerate([] if case.limit else zip(mine, yours, strict=True))
    gradients = {f"input {k}": (x.grad, y.grad) for k, (x, y) in pairs}
    parameters = dict(layer.named_parameters())
    for key, entry in entries(ours).items():
        if isinstance(entry, ParameterEntry):
            grad = entry.node.grad
            gradients[key] = (grad.T if entry.transposed and grad is not None else grad, parameters.pop(key).grad)
    assert not parameters, name
    for key, (a, b) in gradients.items():
        assert (a is None) == (b is None), f"{key} of {name}"
        if a is not None:
            np.testing.assert_allclose(a, b, **GRADIENTS, err_msg=f"gradient of {key} of {name}")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_gradients_and_states_are_those_of_torch_in_both_modes(case: Case) -> None:
    torch = pytest.importorskip("torch")
    ours, layer = case.layer(), theirs(torch, case)
    layer.load_state_dict({key: torch.from_numpy(array) for key, array in ours.state_dict().items()})
    for mode in (True, False) if case.in_training else (False,):
        ours.train(mode)
        layer.train(mode)
        for shapes in case.inputs:
            name = f"{case}, {shapes}, {'in training' if mode else 'after eval()'}"
            compare_call(torch, case, ours, layer, case.arrays(shapes), name)
            compare_states(ours, layer, name)
    back = case.layer(seed=9).eval()
    back.load_state_dict({key: tensor.numpy() for key, tensor in layer.state_dict().items()})
    arrays = case.arrays(case.inputs[0])
    wanted = outputs_of(torch, case, layer, [torch.tensor(array) for array in arrays])
    for a, b in zip(case.outputs(back, arrays), wanted, strict=True):
        np.testing.assert_allclose(a.data, b.detach(), **VALUES)

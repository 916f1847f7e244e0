"""Layers of `nn` beside PyTorch's of the same name and state: forward and backward of the mean of squares."""

import statistics

import numpy as np

from benchmarks.protocol import duration, freeze, interleaved, ratio, show, verdict, versions
from benchmarks.tensor_cases import OURS, SECONDS, TORCH, TURN_SECONDS
from micrograd_plus import nn
from micrograd_plus.nn.state import entries

SMALL = 10_000  # elements of the largest array, below which PyTorch is to be slower
WIDTH, HEADS = 64, 4


def of_itself(attention, x, **keywords):
    """Return what causal attention gives."""
    return attention(x, x, x, need_weights=False, is_causal=True, **keywords)[0]


def cases():
    """Yield names, layers of ours and PyTorch's, shapes of inputs, sizes of the largest arrays, and calls."""
    import torch

    def called(layer, x):
        return layer(x)

    def of_sequence(layer, x):
        return layer(x)[0]

    for length in (16, 128):
        mask = torch.triu(torch.full((length, length), -torch.inf, dtype=torch.float64), 1)
        ours = nn.MultiheadAttention(WIDTH, HEADS, rng=0)
        theirs = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        elements = max(3 * WIDTH * WIDTH, HEADS * length * length)
        yield "attention", ours, theirs, (1, length, WIDTH), elements, of_itself, {"attn_mask": mask}
    for batch in (16, 128):
        for kind in ("LayerNorm", "BatchNorm1d"):
            ours, theirs = (getattr(library, kind)(WIDTH) for library in (nn, torch.nn))
            yield kind, ours, theirs, (batch, WIDTH), batch * WIDTH, called, {}
    for kind in ("RNN", "GRU", "LSTM"):
        ours = getattr(nn, kind)(16, WIDTH, rng=0)
        theirs = getattr(torch.nn, kind)(16, WIDTH, batch_first=True)
        yield kind, ours, theirs, (32, 10, 16), max(4 * WIDTH * WIDTH, 32 * 10 * WIDTH), of_sequence, {}


def with_ours(layer, x, call):
    """Return our program."""
    nodes = {name: entry.node for name, entry in entries(layer).items() if hasattr(entry, "node")}

    def program():
        layer.zero_grad()
        out = call(layer, x)
        (out * out).mean().backward()
        return {name: node.grad for name, node in nodes.items()}

    return program


def with_torch(layer, ours, x, call, keywords):
    """Return PyTorch's program, for a layer in the state of ours."""
    import torch

    torch.set_num_threads(1)
    layer = layer.double()
    layer.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    x = torch.from_numpy(x)

    def program():
        layer.zero_grad()
        out = call(layer, x, **keywords)
        (out * out).mean().backward()
        return {name: parameter.grad for name, parameter in layer.named_parameters()}

    return program


def check_agreement(name, programs, ours):
    """Raise an AssertionError unless both programs give the same gradients."""
    found, wanted = (program() for program in programs.values())
    transposed = {key for key, entry in entries(ours).items() if getattr(entry, "transposed", False)}
    for key, gradient in found.items():
        gradient = gradient.T if key in transposed else gradient
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-9, atol=1e-11, err_msg=f"{key} of {name}")


def main():
    """Measure the layers and print a table."""
    measured = list(cases())
    freeze()
    rows, slowest = [], {}
    for name, ours, theirs, shape, elements, call, keywords in measured:
        x = np.random.default_rng(0).normal(size=shape)
        programs = {OURS: with_ours(ours, x, call), TORCH: with_torch(theirs, ours, x, call, keywords)}
        check_agreement(name, programs, ours)
        once = [min(times) for times in interleaved(programs, 3).values()]
        turn = min(20, max(1, int(TURN_SECONDS / max(once))))
        seconds = interleaved(programs, min(400, max(10, int(SECONDS / (sum(once) * turn)))), turn=turn)
        middle, low, high = ratio(seconds[OURS], seconds[TORCH])
        reach = 1.0 if elements < SMALL else 1.5
        missed = " MISSED" if middle > reach else ""
        title = f"{name} of {' x '.join(map(str, shape))}"
        rows.append(
            [title, duration(statistics.median(seconds[OURS])), f"{middle:.2f} ({low:.2f} to {high:.2f}){missed}"]
        )
        slowest[reach] = max((middle, title), slowest.get(reach, (0.0, "")))
    header = ["forward and backward, float64", "ours", "ours / PyTorch"]
    show(f"Layers of width {WIDTH}: medians and quartiles ({versions('numpy', 'torch')})", header, rows)
    print()
    for reach, (middle, title) in sorted(slowest.items()):
        verdict(f"our time by that of PyTorch, the slowest layer ({title})", middle, at_most=reach)


if __name__ == "__main__":
    main()

"""`micrograd-plus export`: a trained model as a file that other programs run."""

from __future__ import annotations

from pathlib import Path

import click

from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.written import require_another_file
from micrograd_plus.export import files


@click.command()
@click.argument("model", type=NamedPath())
@click.argument("output", metavar="OUT", type=NamedPath())
def export(model: Path, output: Path) -> None:
    """Write a trained model as ONNX, C, Python, or in PyTorch's layout.

    \b
    micrograd-plus train iris --out iris
    micrograd-plus export iris/model.safetensors iris.onnx

    MODEL is a file that `micrograd-plus train` wrote. The ending of OUT says what is wanted:

    \b
    .onnx         an ONNX model in float64: features -> label, probabilities
    .c            one C99 file: int predict(const double *features, double *probabilities)
    .py           a module that needs NumPy alone: predict(X), predict_proba(X)
    .safetensors  the state_dict of torch.nn.Sequential(Linear, ReLU, Linear, ...)

    Features go in as they stand in the table; only a network of PyTorch wants them standardised:

    \b
    file = safetensors.safe_open("iris-torch.safetensors", "pt")
    network = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(),
        torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)).double()
    network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})
    about = json.loads(file.metadata()["classifier"])   # layers, names, mean, scale
    logits = network(torch.from_numpy((X - about["mean"]) / about["scale"]))
    """
    files.format_named(output)  # a mistake that needs no model to be seen
    require_another_file(output, model=model)
    form = files.save(Classifier.load(model), output)
    echo(f"wrote {output}: {form.title}")
    echo(f"use it: {form.used(output)}")

"""Neural networks: of single numbers as in micrograd (`Neuron`, `Layer`, `MLP`), and of arrays (`Linear`, ...)."""

from micrograd_plus.nn import utils
from micrograd_plus.nn.array import Linear, Sequential
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.mlp import MLP, ArrayMLP
from micrograd_plus.nn.module import Module
from micrograd_plus.nn.scalar import Layer, Neuron

__all__ = ["MLP", "ArrayMLP", "Layer", "Linear", "Module", "Neuron", "Sequential", "parameter", "utils"]

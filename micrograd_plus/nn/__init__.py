"""Neural networks: of single numbers as in micrograd (`Neuron`, `Layer`, `MLP`), and of arrays (`Linear`, ...).

Layers of arrays have PyTorch's names, arguments and states. Sequences and images come with the batch first.
"""

from micrograd_plus.nn import utils
from micrograd_plus.nn.activations import (
    ELU,
    GELU,
    LeakyReLU,
    LogSigmoid,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from micrograd_plus.nn.array import Linear, Sequential
from micrograd_plus.nn.attention import MultiheadAttention, scaled_dot_product_attention
from micrograd_plus.nn.dropout import Dropout
from micrograd_plus.nn.embedding import Embedding
from micrograd_plus.nn.images import AvgPool2d, Conv2d, Flatten, MaxPool2d
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.mlp import MLP, ArrayMLP
from micrograd_plus.nn.module import Module
from micrograd_plus.nn.normalisation import BatchNorm1d, BatchNorm2d, LayerNorm
from micrograd_plus.nn.recurrent import GRUCell, LSTMCell, RNNCell
from micrograd_plus.nn.scalar import Layer, Neuron
from micrograd_plus.nn.sequences import GRU, LSTM, RNN

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "ArrayMLP",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "MaxPool2d",
    "Module",
    "MultiheadAttention",
    "Neuron",
    "RNNCell",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "parameter",
    "scaled_dot_product_attention",
    "utils",
]

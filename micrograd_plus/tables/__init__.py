"""CSV files as arrays, a chunk at a time, with notes on what their reader should know."""

from micrograd_plus.tables.reading import WAYS, FeatureTable, LabelledTable, read_features, read_labelled
from micrograd_plus.tables.source import STDIN, DataError

__all__ = ["STDIN", "WAYS", "DataError", "FeatureTable", "LabelledTable", "read_features", "read_labelled"]

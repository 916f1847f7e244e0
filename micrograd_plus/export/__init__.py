"""Models leave: as ONNX, as C, as readable NumPy, and in the layout of PyTorch."""

from __future__ import annotations

from micrograd_plus.export.files import FORMATS as FORMATS
from micrograd_plus.export.files import save as save
from micrograd_plus.export.formulas import ExportError as ExportError

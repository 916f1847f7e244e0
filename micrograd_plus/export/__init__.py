"""Models leave: as ONNX, as C, as readable NumPy, and in the layout of PyTorch."""

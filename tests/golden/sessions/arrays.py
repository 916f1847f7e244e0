from micrograd_plus import Tensor

W = Tensor([[1.0, -2.0], [0.5, 3.0]], label="W")
x = Tensor([2.0, -1.0], label="x")
loss = (W @ x).tanh().sum()

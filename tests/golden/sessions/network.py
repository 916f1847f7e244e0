from micrograd_plus import Value, nn

model = nn.MLP(2, [2, 1], activation="tanh", rng=0)
samples, targets = [[1.0, -1.0], [0.5, 2.0]], [1.0, -1.0]
outputs = [model(x) for x in samples]
errors = [a - b for a, b in zip(outputs, targets, strict=True)]
loss = sum([error**2 for error in errors], Value(0.0))

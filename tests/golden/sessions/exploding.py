from micrograd_plus import Value

x, w = Value(2.0, label="x"), Value(400.0, label="w")
loss = ((x * w).exp() + 1).log()

from micrograd_plus import Value


def cube(v):
    out = Value(v.data**3, (v,), "**3")

    def backward():
        v.grad += 2 * v.data**2 * out.grad

    out._backward = backward
    return out


x, w = Value(2.0, label="x"), Value(0.5, label="w")
loss = cube(x * w - 3.0)

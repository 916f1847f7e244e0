"""The compiler: a graph that was built becomes a program of NumPy calls that work in kept buffers."""

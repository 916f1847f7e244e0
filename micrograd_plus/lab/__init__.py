"""Experiments of the lesson, as plain data: runs, what was measured of them, and a verdict in words."""

"""Masked arrays against NumPy's where."""

import numpy as np

from micrograd_plus.masks import kept_where

NUMBERS = [0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan, 5e-324, 1e308]


def test_the_same_bits_as_where() -> None:
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32, np.longdouble):
        for shape, mask_shape in [((9,), (9,)), ((100, 100), (100, 100)), ((100, 100), (100,)), ((4,), (3000, 4))]:
            with np.errstate(over="ignore"):
                x = rng.choice(NUMBERS, shape).astype(dtype)
            mask = rng.random(mask_shape) < 0.5
            for array in (x, np.broadcast_to(x.T, x.T.shape)):
                kept, expected = kept_where(mask, array), np.where(mask, array, dtype(0.0))
                assert kept.dtype == dtype
                np.testing.assert_array_equal(kept, expected, err_msg=f"{dtype} {shape} {mask_shape}")
                np.testing.assert_array_equal(np.signbit(kept), np.signbit(expected), err_msg=f"{dtype} {shape}")


def test_masks_of_numbers_and_numbers_in_place_of_arrays() -> None:
    mask = np.arange(3000) % 2
    np.testing.assert_array_equal(kept_where(mask, np.full(3000, np.inf)), np.where(mask, np.inf, 0.0))
    np.testing.assert_array_equal(kept_where(mask > 0, 2.0), 2.0 * mask)

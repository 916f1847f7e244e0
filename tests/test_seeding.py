"""A seed is NumPy's own, a generator is used as it is, and anything else is refused."""

import numpy as np
import pytest

from micrograd_plus.seeding import as_generator


def test_a_generator_is_used_as_it_is():
    generator = np.random.default_rng(3)
    assert as_generator(generator) is generator


def test_a_seed_means_numpys_own_generator_of_that_seed():
    assert as_generator(3).random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("rng", [None, 1.5, "1", True])
def test_what_is_no_seed_is_a_type_error(rng):
    with pytest.raises(TypeError, match=r"rng, .* is an integer, not"):
        as_generator(rng)


def test_a_negative_seed_is_a_value_error():
    with pytest.raises(ValueError, match="at least 0, not -1"):
        as_generator(-1)

"""Parts of an amount always add up to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import AMOUNT_MINOR_MAX, allocate

weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)
amounts_minor = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)


@pytest.mark.parametrize(
    ("amount_minor", "weights", "parts"),
    [
        (1000, [1, 1, 1], [334, 333, 333]),
        (-1000, [1, 1, 1], [-334, -333, -333]),
        (100, [7, 1], [88, 12]),
        (5, [0, 1, 1], [0, 3, 2]),
        (1, [1, 2], [0, 1]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_the_largest_remainders_get_what_is_left(amount_minor: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(amount_minor, weights) == parts


@given(amount_minor=amounts_minor, weights=weight_lists)
def test_the_sum_is_exact_and_no_part_is_a_unit_off(amount_minor: int, weights: list[int]) -> None:
    parts = allocate(amount_minor, weights)
    assert sum(parts) == amount_minor
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount_minor * weight) < total


@given(amount_minor=amounts_minor, weights=weight_lists)
def test_a_refund_is_divided_as_the_payment_was(amount_minor: int, weights: list[int]) -> None:
    assert allocate(-amount_minor, weights) == [-part for part in allocate(amount_minor, weights)]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 3]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        allocate(100, weights)

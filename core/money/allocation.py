"""Dividing an amount so that the parts add up to it."""

from collections.abc import Sequence


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights, by the method of the largest remainder.

    Every part is first rounded towards zero; the minor units left over go one each to the parts that lost most, among
    equals to the earlier one. So the parts add up to the amount exactly, no part is more than one minor unit away from
    its exact share, and a negative amount gives the negated parts of the positive one. A weight of zero gets nothing.

    Args:
        amount_minor: what is divided, in minor units, of either sign.
        weights: whole numbers of at least zero, not all zero; percentages with decimals are scaled by the caller.

    Raises:
        ValueError: no weights, a negative weight, or weights that add up to zero.
    """
    if not weights:
        raise ValueError("allocate() needs at least one weight")
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights must not be negative: {list(weights)}")
    total_weight = sum(weights)
    if total_weight == 0:
        raise ValueError("at least one weight must be positive")

    sign = -1 if amount_minor < 0 else 1
    divided = [divmod(abs(amount_minor) * weight, total_weight) for weight in weights]
    parts = [quotient for quotient, _ in divided]
    left_over = abs(amount_minor) - sum(parts)
    by_loss = sorted(range(len(weights)), key=lambda index: (-divided[index][1], index))
    for index in by_loss[:left_over]:
        parts[index] += 1
    return [sign * part for part in parts]

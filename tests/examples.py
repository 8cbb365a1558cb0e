"""How often a property is tried that is too dear, or too rarely hit, for the number that hypothesis tries by itself."""

from hypothesis import settings

BY_ITSELF = 100


def examples(number: int) -> settings:
    """So many; in `make test-fast`, where the others get fewer, no more than they."""
    most = settings().max_examples
    return settings(max_examples=number if most >= BY_ITSELF else min(number, most))

"""Cross-tables with the Rao–Scott test: chi-square whose distribution is that of the sampling design."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import fdtrc

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput
from heed_measures.surveys.categories import ShareTable
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.intervals import LEVEL

RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class RaoScott:
    """Test of independence of rows and columns: F with its degrees of freedom, p, and Pearson's X² of n responses.

    `design_effect` is the mean generalised design effect: about how much X² is inflated by the design. p is nan, and
    so are the others, where the table has one row or column, or the design no degrees of freedom.
    """

    f: float
    df1: float
    df2: float
    p: float
    chi_square: float
    design_effect: float


UNDEFINED = RaoScott(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Cells of a table, row by row: unweighted counts (R, C), and shares of all, as estimates; `n` in all."""

    counts: Integers
    shares: tuple[tuple[Estimate, ...], ...]
    n: int
    test: RaoScott


def combined_codes(rows: Integers, columns: Integers, width: int) -> Integers:
    """Return the code of each cell, row by row, −1 where a response lacks one of the two. Shapes (n,). Errors: none."""
    return np.where((rows < 0) | (columns < 0), -1, rows.astype(np.int64) * width + columns)


def crosstab(table: ShareTable, shape: tuple[int, int], group: int = 0, *, level: float = LEVEL) -> CrossTable:
    """Return the cross-table of a domain with its test.

    `table` has the shares of `combined_codes`, `shape` the numbers of rows and columns.
    Errors: `InvalidInput` where the shape does not fit. Source: as `rao_scott`; shares as `estimators.share`.
    """
    height, width = _checked(table, shape)
    cells = tuple(
        tuple(table.estimate(group, row * width + column, level=level) for column in range(width))
        for row in range(height)
    )
    counts = table.counts[group].reshape(shape)
    return CrossTable(counts, cells, int(table.n[group]), rao_scott(table, shape, group))


def rao_scott(table: ShareTable, shape: tuple[int, int], group: int = 0) -> RaoScott:
    """Return the second-order Rao–Scott test of independence in a domain.

    Pearson's X² of the shares is divided by the trace of the matrix of generalised design effects; the degrees of
    freedom are Satterthwaite's, and times those of the design. Rows and columns without responses are left out.
    Errors: `InvalidInput` where the shape does not fit. Source: Rao & Scott 1984; Thomas & Rao 1987 for the F; the
    same as `svychisq` of R.
    """
    height, width = _checked(table, shape)
    degrees, n = int(table.degrees[group]), int(table.n[group])
    shares = table.shares[group].reshape(shape)
    present_rows, present_columns = shares.sum(axis=1) > 0, shares.sum(axis=0) > 0
    used = np.flatnonzero(np.outer(present_rows, present_columns).ravel())
    height, width = int(present_rows.sum()), int(present_columns.sum())
    if min(height, width) < 2 or degrees <= 0:
        return UNDEFINED
    cells = table.shares[group][used]
    effects = _design_effects(cells, table.covariance[group][np.ix_(used, used)], (height, width), n)
    chi_square = _pearson(cells.reshape(height, width), n)
    trace, squares = float(np.trace(effects)), float(np.trace(effects @ effects))
    if not squares > 0:
        return replace(UNDEFINED, chi_square=chi_square, design_effect=0.0)
    df1 = trace * trace / squares
    f = chi_square / trace
    return RaoScott(f, df1, df1 * degrees, float(fdtrc(df1, df1 * degrees, f)), chi_square, trace / len(effects))


def _design_effects(shares: Floats, covariance: Floats, shape: tuple[int, int], n: int) -> Floats:
    """Return the matrix of generalised design effects of the interactions, ((R − 1)(C − 1), same)."""
    contrasts = _interactions(shape)
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    simple = contrasts.T @ (contrasts * inverse[:, np.newaxis]) / n
    scaled = contrasts * inverse[:, np.newaxis]
    # With empty cells contrasts may coincide: their space is then smaller.
    return np.asarray(np.linalg.pinv(simple, rcond=RANK_TOLERANCE, hermitian=True) @ (scaled.T @ covariance @ scaled))


def _interactions(shape: tuple[int, int]) -> Floats:
    """Return contrasts of the cells, row by row, that are orthogonal to rows and columns, (RC, (R − 1)(C − 1))."""
    height, width = (np.linalg.qr(np.column_stack([np.ones(size), np.eye(size)[:, 1:]]))[0][:, 1:] for size in shape)
    return np.kron(height, width)


def _pearson(shares: Floats, n: int) -> float:
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    return float(n * ((shares - expected) ** 2 / expected).sum())


def _checked(table: ShareTable, shape: tuple[int, int]) -> tuple[int, int]:
    if min(shape) < 1 or table.shares.shape[1] != shape[0] * shape[1]:
        raise InvalidInput("The table must have one category for each cell.")
    return shape

"""Generated designs, and the variance of a design computed term by term as it is written in the textbook."""

import numpy as np
from hypothesis import strategies as st

from heed_measures.surveys.design import Design

seeds = st.integers(min_value=0, max_value=2**32 - 1)


def two_stage(random, *, strata=3, clusters=5, members=8, population=True, second=True, weighted=True):
    """Return a design with unequal clusters, labels in random order."""
    stratum, cluster, first_total, second_total = [], [], [], []
    for h in range(strata):
        sampled = int(random.integers(2, clusters + 1))
        available = sampled + int(random.integers(0, 5))
        for _ in range(sampled):
            size = int(random.integers(1, members + 1))
            label = len(set(cluster))
            stratum += [h] * size
            cluster += [label] * size
            first_total += [float(available)] * size
            second_total += [float(size + random.integers(0, 6))] * size
    n = len(stratum)
    order = random.permutation(n)
    weights = random.uniform(0.5, 3, n) if weighted else np.ones(n)
    return Design(
        weights,
        np.array(stratum)[order],
        np.array(cluster)[order],
        np.array(first_total)[order] if population else None,
        None,
        np.array(second_total)[order] if population and second else None,
    )


def stratified(random, n=60, strata=4):
    """Return a design without clusters, each stratum with at least two responses."""
    stratum = np.concatenate([np.repeat(np.arange(strata), 2), random.integers(0, strata, n - 2 * strata)])
    sizes = np.bincount(stratum)
    return Design(
        random.uniform(0.5, 3, n), strata=stratum, population=(sizes * random.integers(1, 9, strata))[stratum] * 1.0
    )


def textbook_variance(scores, design):
    """Return the variance of the sum of weighted scores, one unit after the other."""
    z = scores * design.weights
    strata = np.zeros(design.n, dtype=int) if design.strata is None else design.strata
    total = 0.0
    for h in set(strata.tolist()):
        in_stratum = strata == h
        labels = np.arange(design.n) if design.clusters is None else design.clusters
        clusters = sorted(set(labels[in_stratum].tolist()))
        n = len(clusters)
        known = design.population is not None
        fraction = n / design.population[in_stratum][0] if known else 0.0
        sums = [z[in_stratum & (labels == cluster)].sum() for cluster in clusters]
        centre = sum(sums) / n
        total += (1 - fraction) * n / (n - 1) * sum((value - centre) ** 2 for value in sums)
        if design.clusters is None or design.second_population is None:
            continue
        for cluster in clusters:
            members = np.flatnonzero(in_stratum & (labels == cluster))
            m = len(members)
            within = m / design.second_population[members][0]
            if m > 1:
                spread = sum((z[i] - z[members].mean()) ** 2 for i in members)
                total += fraction * (1 - within) * m / (m - 1) * spread
            else:
                grand = z.sum() / design.n
                total += fraction * (1 - within) * (z[members[0]] - grand) ** 2
    return total

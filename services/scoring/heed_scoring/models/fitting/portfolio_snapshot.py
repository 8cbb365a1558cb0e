"""Portfolio snapshot of a fit: cut-offs, clusters and the distribution of customers. Pure.

Stored with the fit, so that the cell of a customer never depends on another one afterwards.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heed_measures import rfm, segmentation
from heed_measures.arrays import Floats, Integers
from heed_measures.segmentation import ONE_TIME_BUYERS

CLUSTERS = 4
"""Clusters of repeaters; one-time buyers are a group of their own."""
COORDINATES = ("recency", "frequency", "money")
MAX_DISTANCE = 10.0
"""An infinite distance, where all members are equal, must still fit into JSON."""
Members = NDArray[np.bool_]
Buyers = Sequence[tuple[int, int, float]]


def portfolio_snapshot(buyers: Buyers, day: date | None, currency: str) -> dict[str, Any] | None:
    """Return the snapshot of all buyers (days since the last purchase, purchase days, margin); None without any."""
    if not buyers or day is None:
        return None
    # Sums of floats depend on their order, so the customers get one.
    recency, days, money = (np.array(column, dtype=float) for column in zip(*sorted(buyers), strict=True))
    return {
        "observed_until": day.isoformat(),
        "currency": currency,
        "customers": len(recency),
        "rfm": _rfm(recency, days, money),
        "clusters": _clusters(recency, days, money),
    }


def _rfm(recency: Floats, days: Floats, money: Floats) -> dict[str, Any]:
    """Return the cut-offs, and per cell its three scores, customers and margin."""
    edges = rfm.cut_offs(recency, days, money)
    scores = np.column_stack(rfm.scores(edges, recency, days, money))
    cells, cluster = np.unique(scores, axis=0, return_inverse=True)
    counts, sums = np.bincount(cluster.ravel()), np.bincount(cluster.ravel(), weights=money)
    rows = zip(cells.tolist(), counts.tolist(), sums.tolist(), strict=True)
    return {"cut_offs": asdict(edges), "cells": [[*cell, count, margin] for cell, count, margin in rows]}


def _clusters(recency: Floats, days: Floats, money: Floats) -> dict[str, Any]:
    found = segmentation.clusters(recency, days - 1, money, count=CLUSTERS)
    clusters = segmentation.assign(found, recency, days - 1, money)
    logarithms = np.log1p(np.column_stack([recency, days - 1, np.maximum(money, 0)]))
    groups = [_group(cluster, clusters, logarithms, money) for cluster in np.unique(clusters).tolist()]
    return {"frozen": asdict(found), "groups": groups}


def _group(cluster: int, clusters: Integers, logarithms: Floats, money: Floats) -> dict[str, Any]:
    members = clusters == cluster
    centre = np.expm1(logarithms[members].mean(axis=0))
    apart = _apart(
        logarithms,
        members,
        among=clusters > ONE_TIME_BUYERS if cluster != ONE_TIME_BUYERS else clusters >= ONE_TIME_BUYERS,
    )
    return {
        "place": cluster,
        "customers": int(members.sum()),
        "recency_days": float(centre[0]),
        "purchase_days": 1.0 if cluster == ONE_TIME_BUYERS else float(centre[1]) + 1,
        "margin": float(money[members].sum()),
        "distinguishes": dict(zip(COORDINATES, apart, strict=True)),
    }


def _apart(logarithms: Floats, members: Members, *, among: Members) -> list[float]:
    """Compare a cluster with the other clusters: repeaters differ from one-time buyers in everything."""
    if members[among].all():
        return [0.0] * len(COORDINATES)
    apart = segmentation.standardized_differences(logarithms[among], members[among])
    return [round(far, 4) for far in np.clip(apart, -MAX_DISTANCE, MAX_DISTANCE).tolist()]

"""Colours with the same meaning in all plots of complaints."""

from collections.abc import Mapping

DEEP, MIDDLE, PALE = "#0b3c5d", "#2f79ad", "#c9d8e3"
GOOD, BAD, LINE = "#2a9d8f", "#9b2226", "#c4473a"
AMBER = "#e0a030"
MILESTONES: Mapping[str, str] = {
    "acknowledgement": "#7a8b99",
    "first_contact": "#0b3c5d",
    "commitment": "#2f79ad",
    "progress": "#e0a030",
    "resolution": "#2a9d8f",
    "call_back": "#8a6fb0",
}

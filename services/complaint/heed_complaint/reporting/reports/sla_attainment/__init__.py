"""Report on SLA attainment: the share of clocks that were met."""

"""Report on trends: complaints by period, with control limits."""

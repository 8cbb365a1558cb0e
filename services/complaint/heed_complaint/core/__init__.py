"""The complaint itself: tables, history, visibility, and the read model of customers."""

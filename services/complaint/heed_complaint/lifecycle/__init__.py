"""The life of a complaint: opening, transitions, pauses, history."""

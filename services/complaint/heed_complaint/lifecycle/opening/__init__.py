"""The complaint itself: how it comes in, moves on and ends."""

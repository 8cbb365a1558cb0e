"""Challenger models: training and comparison with the champion."""

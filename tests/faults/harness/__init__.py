"""The fault harness: load, a seeded plan of faults, and a checker that counts what was damaged."""

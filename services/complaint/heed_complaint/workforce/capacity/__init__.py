"""Capacity of the desk: its load and throughput, and the waiting times to expect."""

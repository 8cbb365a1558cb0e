"""Complaint handling: from the first word of an unhappy customer to the call that asks whether it is solved."""

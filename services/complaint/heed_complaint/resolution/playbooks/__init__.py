"""Standard handling for what can be foreseen, and how much may be given without asking."""

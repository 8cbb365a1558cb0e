"""Which few kinds of complaints make up most of them, or of what they cost."""

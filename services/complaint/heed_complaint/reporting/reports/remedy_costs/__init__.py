"""Report on remedies: amounts granted and their costs."""

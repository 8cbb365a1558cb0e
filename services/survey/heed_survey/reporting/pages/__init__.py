"""The page of a report: sentences, tables and plots in both languages, made from its document alone."""

"""The analyses: from the data set to a result, one file for each."""

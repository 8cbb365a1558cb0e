"""Whether like complaints are treated alike, whoever complains."""

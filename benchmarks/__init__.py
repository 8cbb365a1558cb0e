"""What Heed claims of its speed, each claim measured beside what the same machine does without Heed in the same run."""

"""What resolving is expected to have saved, beside what it cost."""

"""What a change of terms does to the complaints that are open."""

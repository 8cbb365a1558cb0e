"""Check of the wording of questions: hints for authors, in both languages, that block nothing."""

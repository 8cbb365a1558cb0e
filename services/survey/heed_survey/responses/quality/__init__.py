"""Quality flags of responses: doubts about single responses, with and without which results are shown."""

"""The questionnaires: drafted, published, and unchanged from then on."""

"""Surveys: questionnaires that are drafted, published, and unchanged from then on."""

"""Results of surveys: estimates with the errors of the real design, and control of what they disclose."""

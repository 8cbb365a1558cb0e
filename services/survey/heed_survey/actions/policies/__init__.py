"""Follow-up policies: which responses open a complaint or a care task, once per customer and matter."""

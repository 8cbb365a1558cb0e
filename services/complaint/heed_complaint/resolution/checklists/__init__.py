"""Checklists: the playbook that matches a complaint, its facts and its completed steps."""

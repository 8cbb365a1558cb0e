"""Resolution of complaints: playbooks, checklists, remedies, guarantees."""

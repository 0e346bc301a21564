"""Curation: submissions are approved or rejected by an operator, with a reason."""

"""Performance fees: a share of new profits above a high-water mark, counted so that the copier can count again."""

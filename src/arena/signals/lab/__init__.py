"""Model documents and the lineage they give a signal."""

"""JSON that no package below the web owns: health, the log, the audit trail, the operator's acts."""

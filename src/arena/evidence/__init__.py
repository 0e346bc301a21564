"""What can be proved afterwards: the audit trail and the transparency log."""

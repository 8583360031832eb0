"""What facts do to a clinic's conversations: one set of statements for a whole batch, in one transaction."""

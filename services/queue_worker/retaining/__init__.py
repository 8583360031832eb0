"""What is old goes by itself, where a clinic wants that."""

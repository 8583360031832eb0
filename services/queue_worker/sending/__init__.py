"""What agents send, on its way to Evolution: calls, answers, lines, and what becomes of it."""

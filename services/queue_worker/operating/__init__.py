"""What operators do with the queue: pauses, replays, stops, and how long dead letters are kept."""

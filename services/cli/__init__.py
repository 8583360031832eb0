"""The operators' command line. Not a process that runs on: each call does one thing and ends with a documented code."""

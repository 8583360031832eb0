"""The dashboard in a real browser, on the real product."""

"""A local stand-in for Evolution API 2.3.7: answers like it, and tells the webhook what became of a message.

It is a program of its own, reached over HTTP like the real one: `python -m deploy.demo.evolution`.
"""

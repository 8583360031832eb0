"""The local stack: private servers, the virtual environment and the four services, on this machine only.

Standard library only, because it runs before any virtual environment exists: `python3 -m deploy.local --help`.
"""

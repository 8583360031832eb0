"""The release before and this one side by side: `make rehearse-upgrade FROM=<tag or commit>`."""

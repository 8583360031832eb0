"""How a webhook proves who sent it. `docs/adr/0012` says why this is not a library's."""

"""The dashboard's page, as `services/dashboard` builds it."""

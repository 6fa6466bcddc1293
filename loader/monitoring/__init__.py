"""Status, checks, alerts, metrics and reports about runs; imports backup and below."""

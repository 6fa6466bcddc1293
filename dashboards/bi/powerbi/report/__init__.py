"""The report, in PBIR: pages, visuals, theme. It names fields of the model, and imports from there."""

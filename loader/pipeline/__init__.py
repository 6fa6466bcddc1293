"""A run: its steps, context, dbt, console, log and replay; imports monitoring and below."""

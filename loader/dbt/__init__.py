"""dbt as a program: its start, its JSON events as records; imports config, child and password."""

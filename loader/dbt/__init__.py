"""dbt as a program: how it is started, and its JSON events as records; imports config and child."""

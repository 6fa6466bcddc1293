"""All settings of the project, typed and validated; imports only errors of loader."""

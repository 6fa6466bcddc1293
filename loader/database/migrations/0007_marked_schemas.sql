-- Every schema of ours is made by the loader and bears its mark: schema.sql writes it, preflight.py looks for it.
create schema if not exists seeds;

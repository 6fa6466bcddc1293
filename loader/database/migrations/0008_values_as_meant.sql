-- Ids and texts are cleaned by functions that schema.sql makes. This change has nothing to do to a table: it is here so that a
-- role that may not create functions is told to run make roles before a model calls them.
do $$ begin end $$;

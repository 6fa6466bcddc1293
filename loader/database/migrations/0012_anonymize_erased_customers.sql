-- The function has the name of what it does.
drop function if exists ops.keep_erased_out();

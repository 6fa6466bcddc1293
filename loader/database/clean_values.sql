-- One definition of what nobody can see in a value: dbt's models, the load and the erasure call it, and
-- loader/ingest/identifiers.py says the same for files. Plain text (visible ASCII) is what it means: callers look for that first.

-- What stands in any text: control characters, marks of direction, spaces of no width. Spaces of Unicode become spaces.
create or replace function ops.visible_text(value text) returns text
language sql immutable parallel safe
return regexp_replace(
    regexp_replace(
        value, '[\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]', ' ', 'g'
    ),
    '[\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F'
    '\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]',
    '',
    'g'
);

-- And what scripts and pictures need in texts, but no code does: joiners, fillers, variation selectors, tags.
create or replace function ops.visible_code(value text) returns text
language sql immutable parallel safe
return regexp_replace(
    ops.visible_text(value),
    '[\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180D\u180F\u200C\u200D\uFE00-\uFE0F'
    '\U000E0000-\U000E0FFF]',
    '',
    'g'
);

-- Visible text composed (NFC): an accented letter is the same in whichever way it was written. Empty is null.
create or replace function ops.clean_block(value text) returns text
language sql immutable parallel safe
return nullif(btrim(normalize(ops.visible_text(value), nfc), E' \t\n\r\f\x0B'), '');

create or replace function ops.clean_line(value text) returns text
language sql immutable parallel safe
return regexp_replace(ops.clean_block(value), '[ \t\n\r\f\v]+', ' ', 'g');

create or replace function ops.clean_code(value text) returns text
language sql immutable parallel safe
return case
    when value ~ '^[!-~]+$' then value
    else nullif(
        btrim(
            regexp_replace(
                normalize(ops.visible_code(value), nfc), '[ \t\n\r\f\v]+', ' ', 'g'
            )
        ),
        ''
    )
end;

comment on function ops.visible_text(text) is 'A text without characters that nobody can see; spaces of Unicode become spaces.';
comment on function ops.visible_code(text) is 'As visible_text, without joiners, fillers and variation selectors.';
comment on function ops.clean_block(text) is 'Text of several lines: visible, composed (NFC), trimmed; empty is null.';
comment on function ops.clean_line(text) is 'Text of one line: as a block, and runs of white space become one space.';
comment on function ops.clean_code(text) is 'An id or another code as it is meant: as a line, of visible_code.';

-- What could be an id in a line that is no record: its values, and their words.
create or replace function ops.ids_in(line bytea) returns setof text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    -- without NUL; a backslash is written twice, and U+10FFFF stands for none
    seen constant bytea := decode(
        replace(
            replace(
                replace(encode(line, 'escape'), '\\', U&'\+10FFFF'), '\000', ''
            ),
            U&'\+10FFFF',
            '\\'
        ),
        'escape'
    );
    content text;
begin
    begin
        content := convert_from(seen, 'UTF8');
    exception when character_not_in_repertoire then
        content := convert_from(seen, 'LATIN1');
    end;
    return query
    select clean.id
    from regexp_split_to_table(content, '[",;]') as delivered
    cross join lateral (select ops.clean_code(delivered) as value) as cleaned
    cross join lateral (
        select cleaned.value as id
        union
        select regexp_split_to_table(cleaned.value, ' ') as id
    ) as clean
    where clean.id <> '';
end
$$;

comment on function ops.ids_in(bytea) is 'What could be an id in a line that is no record.';

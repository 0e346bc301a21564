"""Who is paid: documents, sanctions lists and cases; fees that are set aside at an early exit."""

from arena_migrations import run_sql

revision = "0035"
down_revision = "0034"

UP = """
create table payee_document (               -- money/due_diligence: what a payee shows of himself
  id text primary key,                      -- pdc_…
  person_id text not null references person,
  kind text not null,                       -- KINDS in money/due_diligence/model.py
  media_type text not null check (media_type in ('image/jpeg', 'image/png', 'application/pdf')),
  size int not null check (size > 0),
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),     -- of what was sent; it stays when the document is gone
  sealed bytea,
  at timestamptz not null,                  -- product time, as all but seen_until
  erase_at timestamptz not null,
  erased_at timestamptz,
  check ((sealed is null) = (erased_at is not null))
);
create index payee_document_person on payee_document (person_id, at desc, id desc);
create index payee_document_erase on payee_document (erase_at) where erased_at is null;
create table payee_document_look (          -- an operator looks at a document, and says why
  id text primary key,                      -- pdl_…
  document_id text not null references payee_document,
  by_id text not null references person,
  reason text not null,
  at timestamptz not null,
  seen_until timestamptz not null           -- wall time: until then the file is shown to him
);
create index payee_document_look_document on payee_document_look (document_id, at desc);
create trigger ro before update or delete on payee_document_look for each row execute function arena_append_only();
create trigger nt before truncate on payee_document_look execute function arena_append_only();

create table sanctions_list (               -- as an operator loaded it; of a name the highest version holds
  id text primary key,                      -- scl_…
  name text not null,
  version int not null check (version > 0),
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),
  entries int not null check (entries > 0),
  loaded_by text not null,
  at timestamptz not null,
  unique (name, version)
);
create table sanctions_entry (
  list_id text not null references sanctions_list,
  number int not null,
  name text not null,
  aliases text[] not null,
  born int[] not null,                      -- years
  countries text[] not null,
  primary key (list_id, number)
);
create table screened_party (               -- whose name is compared with the lists
  person_id text primary key references person,
  name text not null,
  country text not null,
  born int,                                 -- year
  screened_lists text[]                     -- ids of the lists it was compared with; null: not yet, under this name
);
create table sanctions_case (               -- a name looked like one on a list: somebody has to decide
  id text primary key,                      -- scs_…
  person_id text not null references person,
  name text not null,                       -- as it was compared
  country text not null,
  born int,
  list_name text not null,
  entry jsonb not null,                     -- as it was on the list
  matched text not null,                    -- which of its names
  score int not null check (score between 0 and 100),
  fingerprint text not null,                -- of both sides: what was decided is not asked again
  state text not null,                      -- CASE_MOVES in money/due_diligence/model.py
  at timestamptz not null,
  decided_by text references person,
  decided_at timestamptz,
  reason text,
  unique (person_id, fingerprint)
);
create index sanctions_case_open on sanctions_case (at, id) where state = 'open';
create index sanctions_case_blocks on sanctions_case (person_id) where state in ('open', 'confirmed');

alter table payee_paper add column warned_at timestamptz;      -- told that it expires soon

alter table performance_fee_contract
  add column set_aside text references journal,                -- what is held after an early exit, if anything
  add column set_aside_amount bigint not null default 0 check (set_aside_amount >= 0);
"""

DOWN = """
alter table performance_fee_contract drop column set_aside, drop column set_aside_amount;
alter table payee_paper drop column warned_at;
drop table sanctions_case, screened_party, sanctions_entry, sanctions_list, payee_document_look, payee_document;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)

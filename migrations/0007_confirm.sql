-- 0007_confirm.sql - registrations that a person of ours confirms

-- step: empty (the tool's own page decides), confirm (a person decides in the
-- LMS's frame), approval (somebody else was asked). person_id: who signed in
-- beside the frame; code: what both windows show meanwhile.
ALTER TABLE registrations ADD COLUMN step text NOT NULL DEFAULT '';
ALTER TABLE registrations ADD COLUMN person_id text NOT NULL DEFAULT '';
ALTER TABLE registrations ADD COLUMN code text NOT NULL DEFAULT '';

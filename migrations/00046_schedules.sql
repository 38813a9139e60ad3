-- Workbooks that people have sent to them by the calendar. asked: what of (JSON: a report or a list, its filter, its days). slot: one of the
-- few that a person has in an organisation, or the schedule's own number once it has ended. next_us: when it is due, 0 while it is not
-- on. job: the workbook that was made last; waiting: the same until its letter is written.
-- +goose Up
CREATE TABLE schedule (
  id BIGINT NOT NULL PRIMARY KEY,
  org BIGINT NOT NULL,
  person BIGINT NOT NULL,
  api_key BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  title VARCHAR(60) NOT NULL,
  asked VARCHAR(2000) NOT NULL,
  every VARCHAR(8) NOT NULL,
  on_day BIGINT NOT NULL,
  at_minute BIGINT NOT NULL,
  zone VARCHAR(40) NOT NULL,
  lang VARCHAR(2) NOT NULL,
  status VARCHAR(8) NOT NULL,
  why VARCHAR(60) NOT NULL,
  next_us BIGINT NOT NULL,
  sent_us BIGINT NOT NULL,
  job BIGINT NOT NULL,
  waiting BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT schedule_slot UNIQUE (person, org, slot),
  CONSTRAINT schedule_every CHECK (every IN ('day','week','month')),
  CONSTRAINT schedule_status CHECK (status IN ('on','paused','stopped','ended')),
  CONSTRAINT schedule_org FOREIGN KEY (org) REFERENCES org (id),
  CONSTRAINT schedule_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX schedule_due ON schedule (next_us);
CREATE INDEX schedule_waiting ON schedule (waiting);

-- +goose Down
DROP TABLE schedule;
